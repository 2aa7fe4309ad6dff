"""One constant too much: told from two directions, before anything else is measured.

If one tensor of a gradient, or the whole of it, is a constant times the truth, the residual
(predicted minus measured slope) is one and the same part of its predicted slope along every
direction.  Two directions, with two different steps, agree on a part to six digits by that reason
or by an accident of one in a million; a truncation error, noise or a kink would differ from one
direction and step to the other.

This module knows slopes; verdicts are its caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.truth.directions import Line

EXACT = 1e-6  # parts of the residual: what two directions agree on so well is no accident
LEGIBLE = 1e-5  # the error may be so large a part of a residual that is to be read
ABOVE_JUMPS = 10.0  # a kink explains no residual beyond half the jump of the slopes


@struct
class Share:
    """The tensor that carries the residual, None for all of them; and the slopes that tell.

    ``claimed`` and ``true`` are its slopes along the first direction, ``true`` up to ``error``.
    """

    tensor: int | None
    claimed: float
    true: float
    error: float


def one_factor(
    one: Line, two: Line, step: float, centre: float, errors: tuple[float, float]
) -> Share | None:
    """Find what is off by one factor; None if that is not all there is to it.

    The first direction is measured with ``step``, the second with half of it; ``errors`` are what a
    right prediction may miss either by.
    """
    steps = step, step / 2
    here = one.slope - one.central(steps[0])
    if not errors[0] <= LEGIBLE * abs(here):  # nan, too: the second direction is not worth it
        return None
    there = two.slope - two.central(steps[1])
    residuals = here, there
    for line, h, residual, error in zip((one, two), steps, residuals, errors, strict=True):
        legible = error <= LEGIBLE * abs(residual)
        if not legible or ABOVE_JUMPS * _jump(line, h, centre) > abs(residual):
            return None
    candidates: dict[int | None, tuple[float, float]] = {
        k: (slope, two.slopes[k]) for k, slope in one.slopes.items()
    }
    if len(candidates) > 1:
        candidates[None] = one.slope, two.slope
    room = EXACT / len(candidates)
    fitting = []
    for k, (first, second) in candidates.items():
        blur = errors[0] * abs(second) + errors[1] * abs(first)
        if abs(here * second - there * first) <= room * abs(here * second) + blur:
            fitting.append(k)
    if len(fitting) != 1:
        return None
    claimed = candidates[fitting[0]][0]
    return Share(fitting[0], claimed, claimed - here, sum(errors) + room * abs(here))


def _jump(line: Line, h: float, centre: float) -> float:
    """Measure how much the slopes on both sides of the point differ."""
    return abs(float(line(h)) + float(line(-h)) - 2 * float(centre)) / h
