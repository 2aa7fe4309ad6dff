"""The scoreboard of planted mistakes: ``python tests/quality/scoreboard.py [--quick] [--write]``.

Every right program is spoilt in every way that ``planting`` knows, at every line of its backward
pass.  A mutant counts if the program still runs and its first updates are no longer one positive
multiple of the right ones: that is seen from the values that the parameters take, not from
gradlint's verdict.  Then gradlint is asked, and its answer is held against what was planted.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(HERE)]

from movement import difference, moves, slopes  # noqa: E402
from planting import plants  # noqa: E402
from spoilt import Plant, Program  # noqa: E402

from gradlint.checking.inspection import Inspection  # noqa: E402
from gradlint.config import Options  # noqa: E402
from gradlint.source.edits import apply, edits_of  # noqa: E402
from gradlint.source.spots import SourceFile, read  # noqa: E402

if TYPE_CHECKING:
    import numpy as np

    from gradlint.findings import Finding, Report
    from gradlint.reading.step import Step
    from gradlint.truth.judge import Judged

SEED = 20
PATIENCE = 10  # seconds for one program
FULL, QUICK = 640, 60  # mutants
# Some points below what was measured: which mutants the sample holds depends on the corpus.
# Of the quick sample, of which one mutant is 0.03; another draw came with further right programs.
FLOORS = {"detected": 0.82, "line": 0.74, "code": 0.64, "fix": 0.64}
EACH = 3  # mutants of one kind from one program
GENERATED = range(12)  # seeds of generated networks


@dataclass(frozen=True)
class Score:
    """What became of one mutant."""

    program: str
    plant: Plant
    state: str  # "kept", or why it does not count
    verdict: str = ""
    line: bool = False
    code: bool = False
    fix: bool = False
    restored: bool = False
    said: tuple[str, ...] = ()

    @property
    def detected(self) -> bool:
        """Whether the program is called wrong."""
        return self.verdict == "wrong"


class TooLongError(BaseException):
    """One program took more than its time."""


@contextlib.contextmanager
def limited(seconds: int = PATIENCE):
    """Silence a program, and end it after a while, measured in processor time.

    The clock of the wall belongs to the run of the program: the engine winds and stops it.
    """

    def ring(*_):
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    quiet = io.StringIO()
    try:
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def inspection(text: str, name: str) -> Inspection:
    """The program about to be looked at."""
    return Inspection(SourceFile(name, text), Options(), timeout=PATIENCE)


@dataclass(frozen=True, eq=False)
class Right:
    """A right program: its rows, how its parameters and gradients are, what is said about it."""

    program: Program
    moves: list[list[np.ndarray]]
    slopes: list[list[np.ndarray]]
    told: tuple[str, ...]
    remarks: frozenset[str] = frozenset()


@cache
def examined(name: str, text: str) -> Right:
    """Look at a right program as a whole."""
    try:
        with limited(3 * PATIENCE):
            looked = inspection(text, name)
            report = looked.report()
            right = _rows(name, text, looked)
            told = [f"{name}:{f.site.row} {f.code}" for f in claims_of(report)]
            if report.verdict == "wrong" and not told:
                told = [f"{name}: wrong"]
            remarks = remarks_of(report)
            return Right(right, moves(looked), slopes(looked), tuple(told), remarks)
    except TooLongError:
        return Right(Program(name, text, set(), set()), [], [], (f"{name}: timeout",))


def remarks_of(report: Report) -> frozenset[str]:
    """What is noted, and what is taken for granted, of a program that is called right."""
    granted = {f"{liberty.name}: {liberty.said}" for liberty in report.liberties}
    return frozenset(granted | {f"{f.code}: {f.message}" for f in report.findings})


def claims_of(report: Report) -> list[Finding]:
    """What is said to be wrong."""
    return [f for f in report.findings if f.severity != "note"]


def _rows(name: str, text: str, looked: Inspection) -> Program:
    """Which rows belong to the backward pass and which update: where a slip is one."""
    program = Program(name, text, set(), set())
    for part in (looked, *looked.others):
        if part.step is not None and part.judged is not None and part.judged.followed is not None:
            _add_rows(program, part.step, part.judged)
    program.backward -= program.forward
    program.road -= program.forward
    return program


def _add_rows(program: Program, step: Step, judged: Judged) -> None:
    """Add the rows of one model's step."""
    losses = [e.objective for e in [judged.followed, judged.computed, *judged.others] if e]
    rows = {n.index: n.spot.row for n in step.graph.nodes if n.spot}

    def of(nodes):
        found = {*step.graph.ancestors(nodes), *(n.index for n in nodes)} & step.dependent
        return {rows[i] for i in found if i in rows}

    gradients = [p.gradients[-1].node for p in step.parameters]
    forward = of([v for loss in losses for v in loss.values])
    news = [p.update.new for p in step.parameters]
    program.updates.update(new.spot.row for new in news if new.spot)
    program.backward.update(of(gradients) - forward - program.updates)
    program.road.update(of(news) - forward - program.updates - program.backward)
    program.forward.update(forward)
    program.gradients.update(rows[g.index] for g in gradients if g.index in rows and g.shape[1:])
    if judged.computed is None and judged.followed is not None:
        deltas = [d for _, d in judged.followed.objective.pairs if d is not None]
        program.deltas.update(of(deltas) - forward)


def programs(quick: bool) -> list[tuple[str, str]]:
    """The right programs: those of the two corpora, and generated networks."""
    found = []
    for folder in (HERE / "right", HERE.parent / "shapes/right"):
        found += [(str(p.relative_to(ROOT)), read(p)) for p in sorted(folder.glob("*.py"))]
    if quick:
        found = found[::7]
    return found + [(f"generated/{k}.py", text) for k, text in generated(quick)]


def generated(quick: bool) -> list[tuple[int, str]]:
    """Networks drawn from the strategy, the same at every run."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from gradlint.testing.strategies import networks

    seeds = list(GENERATED)[:2] if quick else list(GENERATED)
    found = []
    for number in seeds:
        drawn: list[Any] = []
        collect = given(networks())(_collector(drawn))
        quiet = settings(
            max_examples=25, database=None, phases=[Phase.generate], deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        seed(number)(quiet(collect))()
        deep = [n for n in drawn if n.style.depth > 1 and n.style.batch > 2] or drawn
        found.append((number, deep[-1].source))
    return found


def _collector(drawn: list[Any]):
    def draw(net):
        drawn.append(net)

    return draw


def scored(name: str, text: str, plant: Plant) -> Score:
    """Ask gradlint about one mutant, if it is one."""
    right = examined(name, text)
    try:
        with limited():
            looked = inspection(plant.text, name)
            if looked.recording.ending.how == "raised":
                return Score(name, plant, "raises")
            state = effect(right, looked, plant)
            if state != "changed":
                return Score(name, plant, state)
            report = looked.report()
    except TooLongError:
        return Score(name, plant, "kept", "timeout")
    except Exception as error:  # noqa: BLE001 - a crash of the engine is a miss with a name
        return Score(name, plant, "kept", f"crashed: {error!r}"[:100])
    claims = claims_of(report)
    rows = () if difference(right.moves, moves(looked)) != "opposite" else right.program.updates
    there = [f for f in claims if plant.touches(f.site.row, f.site.end_row) or f.site.row in rows]
    names = {c for f in there for c in [f.code, *f.evidence.get("also", ())]}
    fixed = [f for f in claims if f.fix is not None]
    return Score(
        name, plant, "kept", report.verdict, bool(there), bool(names & set(plant.codes)),
        bool(fixed), bool(fixed) and _restores(fixed, plant, name, right),
        tuple(f"{f.site.row} {f.code} {f.message}" for f in report.findings),
    )  # fmt: skip


def effect(right: Right, looked: Inspection, plant: Plant) -> str:
    """What a slip does: "changed", or why it is none.

    Every descent that is opposite is "changed".  Where no loss is computed, another output delta
    is another loss, and as right as the first.
    """
    state = difference(right.moves, moves(looked))
    if state in ("same", "proportional"):
        return state
    outside = plant.row not in right.program.updates and plant.planter != "updated too early"
    if outside:
        inner = difference(right.slopes, slopes(looked))
        if inner in ("same", "proportional"):
            return inner
    if state == "changed" and plant.row in right.program.deltas:
        return "another loss"
    return "changed"


def _restores(fixed: list[Finding], plant: Plant, name: str, right: Right) -> bool:
    """Whether the program mended by the fixes moves its parameters as the right one did."""
    text = apply(plant.text, edits_of(fixed, name, unsafe=True))
    try:
        with limited():
            return difference(right.moves, moves(inspection(text, name))) in (
                "same",
                "proportional",
            )
    except (TooLongError, Exception):  # noqa: BLE001 - then it does not
        return False


def chosen(quick: bool) -> tuple[list[tuple[str, str, Plant]], list[tuple[str, str]]]:
    """The mutants to try, drawn fairly from all kinds, and the programs they come from."""
    corpus = programs(quick)
    draw = random.Random(SEED)
    kinds: dict[str, list[tuple[str, str, Plant]]] = defaultdict(list)
    for name, text in corpus:
        program = examined(name, text).program
        mine: dict[str, list[Plant]] = defaultdict(list)
        for plant in plants(program):
            mine[plant.planter].append(plant)
        for kind, some in mine.items():
            draw.shuffle(some)
            kinds[kind] += [(name, text, plant) for plant in some[:EACH]]
    for some in kinds.values():
        draw.shuffle(some)
    most = QUICK if quick else FULL
    queue: list[tuple[str, str, Plant]] = []
    while len(queue) < most and any(kinds.values()):
        queue += [some.pop() for some in kinds.values() if some]
    return queue[:most], corpus


def _try(task: tuple[str, str, Plant]) -> Score:
    return scored(*task)


def run(quick: bool) -> tuple[list[Score], list[str], int]:
    """All scores, the false alarms on unplanted programs, and how many of these there are."""
    queue, corpus = chosen(quick)
    alarms = [t for name, text in corpus for t in examined(name, text).told]
    if quick:
        scores = list(map(_try, queue))
    else:  # forked, so that the examined programs are known there
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            scores = list(pool.map(_try, queue, chunksize=4))
    return scores, alarms, len(corpus)


def percent(part: int, whole: int) -> str:
    """A share as people read it."""
    return f"{100 * part / whole:.0f} %" if whole else ""


def board(scores: list[Score]) -> list[list[object]]:
    """One row for each kind of slip, and one in total."""
    kept = [s for s in scores if s.state == "kept"]
    rows = []
    for kind in [*sorted({s.plant.planter for s in kept}), ""]:
        some = [s for s in kept if kind in ("", s.plant.planter)]
        shares = [
            sum(getattr(s, f) for s in some)
            for f in ("detected", "line", "code", "fix", "restored")
        ]
        codes = ", ".join(sorted({s.plant.codes[0] for s in some})) if kind else ""
        rows.append([kind or "**all**", codes, len(some), *(percent(n, len(some)) for n in shares)])
    return rows


HEADS = ["planted", "code", "mutants", "detected", "line", "code found", "fix", "fix restores"]


def misses(scores: list[Score]) -> list[str]:
    """Every mutant that is not answered in full: where, what, and what is missing."""
    told = []
    for s in scores:
        if s.state != "kept":
            continue
        lacks = [f for f in ("detected", "line", "code") if not getattr(s, f)]
        if lacks:
            was, now = (" ".join(t.split()).replace("|", "\\|") for t in (s.plant.was, s.plant.now))
            said = "; ".join(" ".join(t.split()[:2]) for t in s.said) or s.verdict
            told.append(
                f"- {s.program}:{s.plant.row} {s.plant.planter}: `{was[:60]}` → `{now[:60]}`, "
                f"{s.verdict} ({said})"
            )
    return sorted(told)


def told(scores: list[Score], alarms: list[str], total: int) -> str:
    """The table, the false alarms and every miss, as the page shows them."""
    from tables import table

    left_out = Counter(s.state for s in scores if s.state != "kept")
    lines = misses(scores)
    parts = [
        table(HEADS, board(scores), left=2),
        f"False alarms on the {total} unplanted programs: {len(alarms)}.",
        "\n".join(f"- {alarm}" for alarm in alarms),
        f"Tried and not counted: {', '.join(f'{n} {s}' for s, n in sorted(left_out.items()))}.",
        f"<details><summary>The {len(lines)} mutants that are not found, placed or named</summary>",
        "\n".join(lines),
        "</details>",
    ]
    return "\n\n".join(part for part in parts if part)


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small sample")
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md")
    options = parser.parse_args()
    began = time.monotonic()
    scores, alarms, total = run(options.quick)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from tables import publish

    text = told(scores, alarms, total)
    sys.stdout.write(f"{text}\n\n{time.monotonic() - began:.0f} s\n")
    if options.write:
        publish("planted", text)


if __name__ == "__main__":
    main()
