"""The board of blind mutants: ``python tests/quality/mutants.py [-n 1000] [--seed 7] [--write]``.

Every backward, update and helper line of every right program is changed by operators that know
nothing of gradients.  Whether a mutant is another program is told by what its first three steps do
to the parameters when Python alone runs it, a common positive factor aside; then gradlint is asked.
A mutant that moves the parameters otherwise must not be called right, one that does not must not be
accused.  One that is called right is told with what is noted or granted of it and not of the right
program: a liberty that is printed is an answer, silence is none.  Where only the rates of
parameters are other ones, set between the gradients and the parameters, or one is not learned any
more, either answer is true.
"""

from __future__ import annotations

import argparse
import ast
import random
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(HERE)]

import numpy as np  # noqa: E402
from mutation import mutations  # noqa: E402
from plain_run import Course, course_of, state_from  # noqa: E402
from scoreboard import (  # noqa: E402
    PATIENCE,
    TooLongError,
    _restores,
    claims_of,
    examined,
    inspection,
    limited,
    programs,
    remarks_of,
)
from spoilt import Plant, Program  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 7
EACH = 4  # mutants of one operator from one program
OTHER, ALIKE = ("changed", "opposite"), ("same", "proportional")


@dataclass(frozen=True)
class Answer:
    """What was said of one mutant."""

    program: str
    plant: Plant
    state: str  # "changed", "same", "proportional", "rate", "another loss", "raises", …
    verdict: str = ""
    line: bool = False
    fix: bool = False
    restored: bool = True
    said: str = ""
    remarked: bool = False  # whether something is noted or granted that is not of the right program


def rows_of(program: Program, known_course: Course) -> set[int]:
    """The rows that may be changed: all after the first of the backward pass, in its blocks.

    What belongs to the forward pass is left alone: with another model or other data the gradients
    have to be other ones.
    """
    known = program.backward | program.road | program.updates
    rows = set(known)
    for node in ast.walk(program.tree):
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if not isinstance(body, list) or isinstance(node, (ast.Module, ast.ClassDef)):
                continue
            spans = [_span(statement) for statement in body]
            first = next((k for k, span in enumerate(spans) if span & known), len(spans))
            for statement, span in zip(body[first:], spans[first:], strict=True):
                simple = not hasattr(statement, "body")
                if simple or not span & (known | program.forward):
                    rows |= span
    return rows - program.forward - known_course.callers


def _span(statement: ast.stmt) -> set[int]:
    return set(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))


@cache
def course(name: str, text: str) -> Course | None:
    """How a right program moves what gradlint takes for its parameters; None if that is not seen.

    Every one of them by the value with which it starts, whether it learns first or last.
    """
    with limited(3 * PATIENCE):
        looked = inspection(text, name)
        parts = [part.step for part in (looked, *looked.others) if part.step is not None]
    if not parts:
        return None
    olds: dict[str, np.ndarray] = {}
    for step in parts:
        for parameter in step.parameters:
            lines = [line for line in step.lineages if parameter.update in line.updates]
            first = lines[0].first if lines else parameter.node
            key = f"{parameter.name}#" if parameter.name in olds else parameter.name
            olds[key] = np.asarray(first.value, dtype=float)
    graph, dependent = parts[0].graph, parts[0].dependent
    readers = [r for p in parts[0].parameters for r in graph.readers[p.node.index]]
    rows = [(r.index, r.spot.row) for r in readers if r.spot and r.index in dependent]
    with limited(3 * PATIENCE):
        return course_of(text, min(rows)[1], olds)


def planted(program: Program, kind: str, node: ast.AST, new: str) -> Plant | None:
    """One mutant of a right program, if it is another text."""
    if isinstance(node, ast.stmt):
        begin, end = program.span(node)
        whole: str | None = program.text[:begin] + new + program.text[end:]
    else:
        whole = program.replaced(node, new)
    if whole is None or whole == program.text:
        return None
    end_row = getattr(node, "end_lineno", node.lineno)
    return Plant(kind, (), node.lineno, end_row, whole, program.of(node), new)


def drawn(name: str, text: str, each: int, draw: random.Random) -> Iterator[Plant]:
    """Some mutants of one right program, as many of each kind."""
    program, known = examined(name, text).program, course(name, text)
    if known is None:
        return
    mine: dict[str, list[tuple[ast.AST, str]]] = defaultdict(list)
    for kind, node, new in mutations(program, rows_of(program, known)):
        mine[kind].append((node, new))
    for kind, some in mine.items():
        draw.shuffle(some)
        plants = (planted(program, kind, node, new) for node, new in some)
        yield from islice((plant for plant in plants if plant is not None), each)


def chosen(most: int, seed: int) -> list[tuple[str, str, Plant]]:
    """The mutants to try, drawn fairly from all operators and programs."""
    draw = random.Random(seed)
    kinds: dict[str, list[tuple[str, str, Plant]]] = defaultdict(list)
    for name, text in programs(quick=False):
        right = examined(name, text)
        if right.told:
            continue
        for plant in drawn(name, text, EACH, draw):
            kinds[plant.planter].append((name, text, plant))
    for some in kinds.values():
        draw.shuffle(some)
    queue: list[tuple[str, str, Plant]] = []
    while len(queue) < most and any(kinds.values()):
        queue += [some.pop() for some in kinds.values() if some]
    return queue[:most]


def state_of(name: str, text: str, plant: Plant) -> str:
    """What a mutant does to the parameters, by their values alone."""
    known, program = course(name, text), examined(name, text).program
    state = state_from(plant.text, known) if known is not None else "raises"
    if state == "rates" and plant.row in program.updates | program.road:
        return "rate"
    if state in ("changed", "rates"):
        return "another loss" if plant.row in program.deltas else "changed"
    return state


def ask(task: tuple[str, str, Plant]) -> Answer:
    """Run one mutant, tell whether it is another program, and ask gradlint."""
    name, text, plant = task
    right, state = examined(name, text), ""
    try:
        with limited():
            state = state_of(name, text, plant)
        if state == "raises":
            return Answer(name, plant, state)
        with limited():
            report = inspection(plant.text, name).report()
    except TooLongError:
        return Answer(name, plant, state or "too long", "too long")
    except SyntaxError:
        return Answer(name, plant, "raises")
    except Exception as error:  # noqa: BLE001 an error of ours is an answer, too: the worst one
        return Answer(name, plant, state, "crash", said=f"{type(error).__name__}: {error}")
    claims = claims_of(report)
    # Where all goes the other way, the updates are as good a place to turn it round.
    turned = right.program.updates if state == "opposite" else set()
    there = any(plant.touches(f.site.row, f.site.end_row) or f.site.row in turned for f in claims)
    fixed = [f for f in claims if f.fix is not None and f.fix.applicability == "safe"]
    restored = not fixed or state not in OTHER or _restores(fixed, plant, name, right)
    said = "; ".join(f"{f.site.row} {f.code}" for f in report.findings)
    checked = report.parameters or report.verdict != "right"
    verdict = report.verdict if checked else "nothing checked"
    remarked = bool(remarks_of(report) - right.remarks)
    return Answer(name, plant, state, verdict, there, bool(fixed), restored, said, remarked)


def figures(answers: list[Answer]) -> list[tuple[str, str]]:
    """The figures of the board."""
    other = [a for a in answers if a.state in OTHER]
    alike = [a for a in answers if a.state in ALIKE]
    wrong = [a for a in other if a.verdict == "wrong"]
    right = [a for a in other if a.verdict == "right"]
    neither = len(other) - len(wrong) - len(right)
    accused = [a for a in alike if a.verdict == "wrong"]
    return [
        ("mutants that move the parameters otherwise", str(len(other))),
        ("called right", share(len(right), len(other))),
        ("of these, without a word", share(sum(not a.remarked for a in right), len(other))),
        ("cannot tell", share(neither, len(other))),
        ("internal errors", str(sum(a.verdict == "crash" for a in answers))),
        ("detected", share(len(wrong), len(other))),
        ("line, of the detected", share(sum(a.line for a in wrong), len(wrong))),
        ("safe fix, of the detected", share(sum(a.fix for a in wrong), len(wrong))),
        ("safe fixes that do not restore the program", str(sum(not a.restored for a in wrong))),
        ("mutants that move them alike", str(len(alike))),
        ("accused of these", share(len(accused), len(alike))),
    ]


def share(part: int, whole: int) -> str:
    """A count and its share."""
    return f"{part} ({100 * part / whole:.1f} %)" if whole else "0"


def listed(answers: list[Answer]) -> list[str]:
    """Mutants, one in a line: where, what, and what was said."""
    lines = []
    for a in answers:
        was, now = (
            " ".join(t.split())[:60].replace("|", "\\|") for t in (a.plant.was, a.plant.now)
        )
        said = f"{a.verdict} ({a.said})" if a.said else a.verdict
        lines.append(f"- {a.program}:{a.plant.row} {a.plant.planter}: `{was}` → `{now}`, {said}")
    return sorted(lines)


def told(answers: list[Answer], *, everything: bool = False) -> str:
    """The table, and every mutant that is called right or accused for nothing."""
    rows = [f"| {name} | {value} |" for name, value in figures(answers)]
    left_out = Counter(a.state for a in answers)
    lines = ["| blind mutants | |", "|---|--:|", *rows, ""]
    lines.append(f"States: {', '.join(f'{n} {s}' for s, n in sorted(left_out.items()))}.")
    other = [a for a in answers if a.state in OTHER]
    lists = {
        "Called right, without a word, and move the parameters otherwise": [
            a for a in other if a.verdict == "right" and not a.remarked
        ],
        "Called right, with what it takes for granted or notes": [
            a for a in other if a.verdict == "right" and a.remarked
        ],
        "Accused, and move them alike": [
            a for a in answers if a.state in ALIKE and a.verdict == "wrong"
        ],
        "A safe fix that does not restore the program": [a for a in answers if not a.restored],
        "Internal errors": [a for a in answers if a.verdict == "crash"],
    }
    if everything:
        lists["Neither"] = [a for a in other if a.verdict not in ("right", "wrong")]
        wrong = [a for a in other if a.verdict == "wrong"]
        lists["Another line"] = [a for a in wrong if not a.line]
        lists["No safe fix"] = [a for a in wrong if a.line and not a.fix]
    for title, some in lists.items():
        lines += ["", f"{title}:", "", *listed(some)] if some else []
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=1000, help="mutants to try")
    parser.add_argument("-j", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, default=SEED, help="of the draw")
    parser.add_argument("--list", action="store_true", help="what is not found or placed as well")
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md")
    options = parser.parse_args()
    queue = chosen(options.n, options.seed)
    # Forked, so that the examined programs are known there; a run leaves much memory behind.
    with get_context("fork").Pool(options.j, maxtasksperchild=20) as pool:
        answers = list(pool.imap(ask, queue))
    text = told(answers, everything=options.list)
    sys.stdout.write(text + "\n")
    if options.write:
        sys.path.insert(0, str(ROOT / "benchmarks"))
        from tables import publish

        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        publish("mutants", f"{text}\n\n{len(answers)} mutants, seed {options.seed}, at {commit}.")


if __name__ == "__main__":
    main()
