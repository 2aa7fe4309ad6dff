"""The board of blind mutants: ``python tests/quality/mutants.py [-n 1000] [--write] [--list]``.

Every backward, update and helper line of every right program is changed by operators that know
nothing of gradients.  Whether a mutant is another program is told by what its first three steps do
to the parameters, as recorded, a common positive factor aside; then gradlint is asked.  A mutant
that moves the parameters otherwise must not be called right, one that does not must not be accused.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(HERE)]

from mutation import mutations  # noqa: E402
from scoreboard import (  # noqa: E402
    TooLongError,
    _restores,
    claims_of,
    effect,
    examined,
    inspection,
    limited,
    programs,
)
from spoilt import Plant  # noqa: E402

SEED = 7
EACH = 4  # mutants of one operator from one program


@dataclass(frozen=True)
class Answer:
    """What was said of one mutant."""

    program: str
    plant: Plant
    state: str  # "changed", "same", "proportional", "another loss", "raises", …
    verdict: str = ""
    line: bool = False
    fix: bool = False
    restored: bool = True
    said: str = ""


def rows_of(name: str, text: str) -> set[int]:
    """The rows that may be changed: backward pass, updates, and the functions they lie in."""
    program = examined(name, text).program
    rows = set(program.backward | program.updates)
    for node in ast.walk(program.tree):
        if isinstance(node, ast.FunctionDef):
            span = range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
            forward = "loss" in node.name or "cost" in node.name
            if rows & set(span) and not forward and len(span) < 12:
                rows |= set(span)
    return rows


def chosen(most: int) -> list[tuple[str, str, Plant]]:
    """The mutants to try, drawn fairly from all operators and programs."""
    draw = random.Random(SEED)
    kinds: dict[str, list[tuple[str, str, Plant]]] = defaultdict(list)
    for name, text in programs(quick=False):
        right = examined(name, text)
        if right.told or not right.moves:
            continue
        mine: dict[str, list[Plant]] = defaultdict(list)
        for kind, node, new in mutations(right.program, rows_of(name, text)):
            whole = right.program.replaced(node, new) if not isinstance(node, ast.stmt) else None
            if isinstance(node, ast.stmt):
                begin, end = right.program.span(node)
                whole = text[:begin] + new + text[end:]
            if whole is not None and whole != text:
                end_row = getattr(node, "end_lineno", node.lineno)
                was = right.program.of(node)
                mine[kind].append(Plant(kind, (), node.lineno, end_row, whole, was, new))
        for kind, some in mine.items():
            draw.shuffle(some)
            kinds[kind] += [(name, text, plant) for plant in some[:EACH]]
    for some in kinds.values():
        draw.shuffle(some)
    queue: list[tuple[str, str, Plant]] = []
    while len(queue) < most and any(kinds.values()):
        queue += [some.pop() for some in kinds.values() if some]
    return queue[:most]


def ask(task: tuple[str, str, Plant]) -> Answer:
    """Run one mutant, tell whether it is another program, and ask gradlint."""
    name, text, plant = task
    right = examined(name, text)
    try:
        with limited():
            looked = inspection(plant.text, name)
            if looked.recording.ending.how == "raised":
                return Answer(name, plant, "raises")
            state = effect(right, looked, plant)
            report = looked.report()
    except TooLongError:
        return Answer(name, plant, "too long")
    except SyntaxError:
        return Answer(name, plant, "raises")
    claims = claims_of(report)
    there = any(plant.touches(f.site.row, f.site.end_row) for f in claims)
    fixed = [f for f in claims if f.fix is not None and f.fix.applicability == "safe"]
    restored = not fixed or _restores(fixed, plant, name, right)
    said = "; ".join(f"{f.site.row} {f.code}" for f in report.findings)
    return Answer(name, plant, state, report.verdict, there, bool(fixed), restored, said)


def figures(answers: list[Answer]) -> list[tuple[str, str]]:
    """The figures of the board."""
    other = [a for a in answers if a.state in ("changed", "opposite")]
    alike = [a for a in answers if a.state in ("same", "proportional")]
    wrong = [a for a in other if a.verdict == "wrong"]
    return [
        ("mutants that move the parameters otherwise", str(len(other))),
        ("called right", percent1(sum(a.verdict == "right" for a in other), len(other))),
        (
            "cannot tell",
            percent1(
                len(other) - len(wrong) - sum(a.verdict == "right" for a in other), len(other)
            ),
        ),
        ("detected", percent1(len(wrong), len(other))),
        ("line, of the detected", percent1(sum(a.line for a in wrong), len(wrong))),
        ("safe fix, of the detected", percent1(sum(a.fix for a in wrong), len(wrong))),
        ("safe fixes that do not restore the program", str(sum(not a.restored for a in wrong))),
        ("mutants that move them alike", str(len(alike))),
        ("accused of these", percent1(sum(a.verdict == "wrong" for a in alike), len(alike))),
    ]


def percent1(part: int, whole: int) -> str:
    """A count and its share."""
    return f"{part} ({100 * part / whole:.1f} %)" if whole else "0"


def told(answers: list[Answer]) -> str:
    """The table, and every mutant that is called right or accused for nothing."""
    rows = [f"| {name} | {value} |" for name, value in figures(answers)]
    left_out = Counter(a.state for a in answers)
    lines = ["| blind mutants | |", "|---|--:|", *rows, ""]
    lines.append(f"States: {', '.join(f'{n} {s}' for s, n in sorted(left_out.items()))}.")
    for title, some in (
        ("Called right, and move the parameters otherwise", [
            a for a in answers if a.state in ("changed", "opposite") and a.verdict == "right"]),
        ("Accused, and move them alike", [
            a for a in answers if a.state in ("same", "proportional") and a.verdict == "wrong"]),
        ("A safe fix that does not restore the program", [a for a in answers if not a.restored]),
    ):  # fmt: skip
        lines += ["", f"{title}:", ""]
        for a in some:
            was, now = (
                " ".join(t.split())[:60].replace("|", "\\|") for t in (a.plant.was, a.plant.now)
            )
            lines.append(
                f"- {a.program}:{a.plant.row} {a.plant.planter}: `{was}` → `{now}` {a.said}"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=1000, help="mutants to try")
    parser.add_argument("-j", type=int, default=2, help="processes")
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md")
    options = parser.parse_args()
    queue = chosen(options.n)
    with ProcessPoolExecutor(options.j, mp_context=get_context("fork")) as pool:
        answers = list(pool.map(ask, queue, chunksize=4))
    text = told(answers)
    sys.stdout.write(text + "\n")
    if options.write:
        sys.path.insert(0, str(ROOT / "benchmarks"))
        from tables import publish

        publish("mutants", text)


if __name__ == "__main__":
    main()
