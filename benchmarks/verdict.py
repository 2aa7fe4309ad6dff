"""How often checkers are wrong: false alarms, misses and undecided cases on a random corpus.

``python benchmarks/verdict.py`` asks gradlint and every installed peer about each case of
``corpus`` and about the traps of ``tests/pairs/traps.py``, and writes the tables of the page.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import re
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from corpus import BUGS, WIDTHS, Case, corpus  # noqa: E402 - the path stands above
from peers import Mismatch, Tool, installed  # noqa: E402
from tables import PAGE, circumstances, publish, table  # noqa: E402

Answers = dict[tuple[str, int], str]  # tool and case -> verdict
EXPECTED = {True: "right", False: "wrong"}


# ---- the corpus ---------------------------------------------------------------


def ask_all(tools: Sequence[Tool], cases: Sequence[Case]) -> tuple[Answers, Counter[str]]:
    """Ask every tool about every case; also give the seconds that each tool took."""
    answers: Answers = {}
    seconds: Counter[str] = Counter()
    for case in cases:
        for tool in tools:
            start = time.perf_counter()
            answers[tool.name, case.number] = tool(case.loss, case.gradients, case.arrays)
            seconds[tool.name] += time.perf_counter() - start
        if (case.number + 1) % 100 == 0:
            print(f"{case.number + 1} of {len(cases)} cases", file=sys.stderr, flush=True)
    return answers, seconds


def totals(tools: Sequence[Tool], cases: Sequence[Case], answers: Answers) -> list[list[Any]]:
    """Count for each tool: false alarms, misses, and undecided cases among right and wrong."""
    right = [case.number for case in cases if not case.bug]
    wrong = [case.number for case in cases if case.bug]
    rows = []
    for tool in tools:
        of_right = Counter(answers[tool.name, k] for k in right)
        of_wrong = Counter(answers[tool.name, k] for k in wrong)
        undecided = (of_right["cannot-tell"], of_wrong["cannot-tell"])
        rows.append([tool.name, of_right["wrong"], of_wrong["right"], *undecided])
    return rows


def tables_of(
    tools: Sequence[Tool], cases: Sequence[Case], answers: Answers, seconds: Counter[str]
) -> str:
    """Write one table for each precision, and one of the misses by kind of mistake."""
    parts = []
    for width, meaning in WIDTHS.items():
        some = [case for case in cases if case.width == width]
        if not some:
            continue
        right = sum(not case.bug for case in some)
        heads = ["checker", "false alarms", "misses", "cannot tell: right", "wrong"]
        rows = totals(tools, some, answers)
        if width == "float64":
            heads.append("ms a case")
            for row in rows:
                row.append(f"{1000 * seconds[row[0]] / len(cases):.1f}")
        said = f"**{meaning}**: {right} right, {len(some) - right} wrong."
        parts.append(f"{said}\n\n{table(heads, rows)}")
    parts.append(f"**Misses in float64, by mistake.**\n\n{_misses(tools, cases, answers)}")
    asked = "\n".join(f"- {tool.name}: {tool.rule}" for tool in tools)
    return "\n\n".join([*parts, f"How each was asked:\n\n{asked}"])


def _misses(tools: Sequence[Tool], cases: Sequence[Case], answers: Answers) -> str:
    rows = []
    for bug in BUGS:
        some = [case.number for case in cases if case.bug == bug and case.width == "float64"]
        counts = [sum(answers[tool.name, k] == "right" for k in some) for tool in tools]
        rows.append([bug, len(some), *counts])
    return table(["mistake", "cases", *(tool.name for tool in tools)], rows)


def mistaken(tools: Sequence[Tool], cases: Sequence[Case], answers: Answers) -> str:
    """List the cases that gradlint itself called wrongly, so that each can be looked at."""
    lines = []
    for case in cases:
        for tool in tools:
            answer = answers[tool.name, case.number]
            if tool.name.startswith("gradlint") and answer != EXPECTED[not case.bug]:
                lines.append(f"{tool.name}: case {case}: {answer}")
    return "\n".join(lines)


# ---- the traps ---------------------------------------------------------------


def question(pair: Any, inputs: tuple[Any, ...]) -> tuple[Any, Any, list[np.ndarray]]:
    """Turn a pair into a function of arrays and its gradients, as peers want them."""
    if pair.convention == "scipy":
        w, *rest = inputs
        return (
            lambda w: pair.forward(w, *rest),
            lambda w: [pair.backward(w, *rest)],
            [w],
        )
    if pair.convention == "value-and-gradients":
        params, *rest = inputs
        names = list(params)

        def both(arrays: Sequence[np.ndarray]) -> Any:
            return pair.forward(dict(zip(names, arrays, strict=True)), *rest)

        return (
            lambda *arrays: both(arrays)[0],
            lambda *arrays: [both(arrays)[1][name] for name in names],
            [params[name] for name in names],
        )
    cotangent = np.random.default_rng(7).normal(size=pair.forward(*inputs)[0].shape)

    def gradients(*arrays: np.ndarray) -> list[np.ndarray]:
        found = pair.backward(cotangent, pair.forward(*arrays)[1])
        return list(found) if isinstance(found, tuple) else [found]

    return (
        lambda *arrays: np.sum(cotangent * pair.forward(*arrays)[0]),
        gradients,
        [np.array(x) for x in inputs],
    )


def what_gradlint_says(pair: Any, inputs: tuple[Any, ...]) -> tuple[str, str]:
    """Give the verdict and the code of ``gradlint.check`` on a pair."""
    import gradlint

    if pair.convention == "scipy":
        report = gradlint.check(pair.forward, pair.backward, inputs[0], args=inputs[1:])
    else:
        report = gradlint.check(pair.forward, pair.backward, *inputs)
    codes = list(dict.fromkeys(f.code for f in report.findings if f.severity != "note"))
    return report.verdict, pair.mistake if pair.mistake in codes else " ".join(codes[:1])


def what_a_peer_says(tool: Tool, pair: Any, inputs: tuple[Any, ...]) -> tuple[str, str]:
    """Give the verdict of a peer, and its own words where it has any."""
    loss, gradients, arrays = question(pair, inputs)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return tool.ask(loss, gradients, [np.array(a) for a in arrays]), ""
        except Mismatch as said:
            return "wrong", words(said)
        except Exception as error:  # noqa: BLE001 - what it raised is its answer
            return "cannot-tell", f"{type(error).__name__}: {words(error)}"


def words(error: Exception) -> str:
    """Give the first words of a message, without the numbers that differ from case to case."""
    text = " ".join(str(error).split())
    head = re.split(r"[,;:.]\s|=|\(?\d", text)[0]  # numbers differ from case to case
    return re.sub(r"[|`]", "", head)[:90].strip()


def well_called(kind: str, verdict: str) -> bool:
    """Say whether a verdict does a trap justice; what must be named must not be certified."""
    if kind == "named":
        return verdict != "right"
    return verdict == kind


def trap_table(tools: Sequence[Tool]) -> str:
    """Ask about every trap: one row a trap, and what the peers said in their own words."""
    traps = importlib.import_module("tests.pairs.traps")
    peers = [tool for tool in tools if not tool.name.startswith("gradlint")]
    names = ["gradlint.check", *(tool.name for tool in peers)]
    called, said, rows = Counter[str](), dict[tuple[str, str], list[str]](), []
    hits, wanted = 0, 0
    for kind in ("right", "named", "wrong"):
        for pair in getattr(traps, kind.upper()):
            verdict, code = what_gradlint_says(pair, _inputs(pair))
            hits, wanted = hits + (code == pair.mistake != ""), wanted + (pair.mistake != "")
            verdicts = [verdict]
            for tool in peers:
                verdict, text = what_a_peer_says(tool, pair, _inputs(pair))
                verdicts.append(verdict)
                if text:
                    said.setdefault((tool.name, text), []).append(pair.name)
            good = [well_called(kind, verdict) for verdict in verdicts]
            called.update(name for name, well in zip(names, good, strict=True) if well)
            cells = [f"{'✓' if w else '✗'} {v}" for w, v in zip(good, verdicts, strict=True)]
            cells[0] = f"{cells[0]} {code}".strip()
            rows.append([pair.name, f"{kind} {pair.mistake}".strip(), *cells])
    total = [f"**{called[name]} of {len(rows)}**" for name in names]
    rows.append(["**called well**", "", *total])
    spoken = [f"- {tool}: “{text}” on {', '.join(on)}" for (tool, text), on in said.items()]
    return "\n\n".join(
        [
            table(["trap", "truth", *names], rows, left=9),
            f"gradlint.check gives the class in {hits} of the {wanted} traps that have one.",
            "What the peers say beyond a number:\n\n" + "\n".join(spoken) if spoken else "",
        ]
    )


def _inputs(pair: Any) -> tuple[Any, ...]:
    """Make the inputs anew, since some traps change them."""
    return pair.make_inputs(np.random.default_rng(1))


# ---- the command ---------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both parts and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="cases of the corpus")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="a dozen cases, gradlint and one peer")
    parser.add_argument("-o", "--output", type=Path, default=PAGE, help="the page to write")
    options = parser.parse_args(arguments)
    logging.getLogger("jax").setLevel(logging.CRITICAL)  # it prints what its callbacks raise
    tools, count = installed(), options.count
    if options.quick:
        tools = [t for t in tools if t.name.startswith("gradlint") or t.name == "course note"]
        count = 12
    cases = list(corpus(count, options.seed))
    answers, seconds = ask_all(tools, cases)
    versions = circumstances("scipy", "autograd", "torch", "jax")
    said = f"{count} cases, seed {options.seed}. {versions}"
    publish("verdict", f"{said}\n\n{tables_of(tools, cases, answers, seconds)}", options.output)
    publish("traps", trap_table(tools), options.output)
    print(mistaken(tools, cases, answers))


if __name__ == "__main__":
    main()
