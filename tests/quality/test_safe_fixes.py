"""A safe fix keeps its promise: blind mutants, mended, move their parameters as the right one did.

Gradlint is asked about mutants that know nothing of its mistakes; what its safe fixes make of them
is held against the right program by values alone.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from mutants import OTHER, drawn, state_of
from scoreboard import TooLongError, claims_of, examined, inspection, limited, programs

from gradlint.source.edits import apply, edits_of

if TYPE_CHECKING:
    from spoilt import Plant

SEED, MOST, PROGRAMS = 11, 25, 4
TOO_LARGE = 24  # rows: the small programs take least time for one look


def sample(seed: int, most: int, few: int) -> list[tuple[str, str, Plant]]:
    """Draw mutants of a few right programs, fairly from all operators."""
    draw = random.Random(seed)
    known = [(n, t) for n, t in programs(quick=False)[:-12] if t.count("\n") < TOO_LARGE]
    kinds: dict[str, list[tuple[str, str, Plant]]] = {}
    for name, text in draw.sample(known, few):
        if examined(name, text).told:
            continue
        for plant in drawn(name, text, MOST, draw):
            kinds.setdefault(plant.planter, []).append((name, text, plant))
    for some in kinds.values():
        draw.shuffle(some)
    queue: list[tuple[str, str, Plant]] = []
    while len(queue) < most and any(kinds.values()):
        queue += [some.pop() for some in kinds.values() if some]
    draw.shuffle(queue)
    return queue[:most]


def after_its_fixes(name: str, text: str, plant: Plant) -> str:
    """How a mutant moves its parameters with all its safe fixes made, "" if it has none."""
    try:
        with limited():
            if state_of(name, text, plant) not in OTHER:
                return ""  # no slip, or the delta of another loss
            report = inspection(plant.text, name).report()
            fixed = [f for f in claims_of(report) if f.fix is not None]
            edits = edits_of(fixed, name)
            if not edits or any(f.fix is None for f in claims_of(report)):
                return ""  # nothing offered, or a part of what is wrong is only told
            mended = apply(plant.text, edits)
            return state_of(name, text, replace(plant, text=mended))
    except (TooLongError, SyntaxError):
        return ""


def test_safe_fixes_restore_what_the_parameters_do():
    """No safe fix of a drawn mutant leaves the steps other than those of the right program."""
    broken, made = [], 0
    for name, text, plant in sample(SEED, MOST, PROGRAMS):
        state = after_its_fixes(name, text, plant)
        made += bool(state)
        if state not in ("", "same"):
            broken.append(f"{name}:{plant.row} `{plant.was}` -> `{plant.now}`: {state}")
    assert not broken, "\n".join(broken)
    assert made, "no mutant of the sample has a fix"
