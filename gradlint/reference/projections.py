"""Hold a whole gradient against the function it claims to differentiate, for a few evaluations.

A gradient of a million entries is tested by two numbers: along a random direction that moves every
entry at once, the slope it predicts must be the slope measured.  One wrong entry tilts the
prediction, and the central difference resolves eleven digits of it.  So:

1. *One direction, one step*, two evaluations.  An agreement down to the rounding of f is no
   accident, whatever the third derivative may be: that settles a right gradient.  A second
   direction is asked where the first could have missed a wrong entry of usual size.
2. Any disagreement opens an inquiry: is f a function at all (the same value twice)?  Which
   tensor carries the residual?  Residuals add up, so halving the tensors needs one measurement,
   not two, and the cheaper half is measured.
3. The suspect is judged by ``differences.derivative``: two steps, one-sided slopes, an error of
   its own.  Only what lies beyond ten errors is called wrong.
4. ``localise`` then names the wrong rows, columns or entries.

Few parameters, or a kink, and every entry gets its own derivative.

This module knows functions and arrays: no tapes, no sources, no names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reference.compare import ArrayJudgement, Judged, narrowness
from gradlint.reference.directions import Space, evaluate
from gradlint.reference.inquiry import Inquiry
from gradlint.reference.workers import Spread, spreading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

QUARTER = 2.0**-26  # of the last digit of float32, relative to the number
EVERY_ENTRY = 256  # parameters up to which each entry gets its own derivative


@dataclass(frozen=True)
class Projection:
    """The verdict on a whole gradient, tensor by tensor, and what it cost."""

    verdict: Judged
    tensors: tuple[ArrayJudgement, ...]
    evaluations: int


def check_gradients(
    f: Callable[..., Any],
    arrays: Sequence[Any],
    gradients: Sequence[Any],
    *,
    at: float | None = None,
    seed: int = 0,
    workers: int | Spread = 1,
    locate: bool = True,
    every_entry: int = EVERY_ENTRY,
) -> Projection:
    """Judge hand-written ``gradients`` of the scalar ``f(*arrays)``, one for each array.

    ``at`` is the value ``f(*arrays)`` where the caller has it.  ``workers`` is a number of
    processes (-1: one for each core) or a map-like callable, as in SciPy; f must then be picklable.
    ``locate`` asks for the wrong entries of a wrong tensor.  Up to ``every_entry`` parameters, each
    entry is differentiated by itself.  The arrays are left alone.

    Raises ValueError if a gradient has another shape than its array, and TypeError if a number
    is complex.
    """
    given = [np.asarray(g) for g in gradients]
    if any(np.iscomplexobj(a) for a in [*arrays, *given]):
        raise TypeError("complex parameters have two derivatives: pass real and imaginary parts")
    shapes = [np.shape(a) for a in arrays]
    if [g.shape for g in given] != shapes:
        raise ValueError(f"gradients of shapes {[g.shape for g in given]} for arrays {shapes}")
    with spreading(workers) as spread:
        inquiry = Inquiry(_space(f, arrays, spread), given, at, seed, locate)
        tensors = inquiry.run(every_entry)
    return Projection(_worst(tensors), tuple(tensors), inquiry.space.evaluations)


def _space(f: Callable[..., Any], arrays: Sequence[Any], spread: Spread | None) -> Space:
    """Let f compute in float64 if it can: float32 resolves no more than four digits of a slope.

    A function that rounds its parameters to float32 is a staircase in steps of float64, whatever
    the type of its result: it is judged as the function in float32 that it is.
    """
    if not any(narrowness(np.asarray(a)) for a in arrays):
        return Space(f, arrays, spread)
    wide = Space(f, arrays, spread)
    try:
        wide.values([({}, 0.0)])
    except TypeError:  # compiled for float32 alone
        return Space(f, arrays, spread, narrow=True)
    if wide.changes_arguments():
        wide.restore()
    if _rounds(f, wide):
        return Space(partial(_in_float32, f), arrays, spread, narrow=True)
    return wide


def _in_float32(f: Callable[..., Any], *arrays: Any) -> np.float32:
    return np.float32(f(*arrays))


def _rounds(f: Callable[..., Any], space: Space) -> bool:
    """Whether f takes no notice of a change that is too small for float32.

    The parameters were float32, so a quarter of their last digit rounds away exactly; nothing
    smooth that moves at all would give the very same float64.
    """
    signs = np.random.default_rng(0)
    near = [b * (1 + QUARTER * signs.choice([-1.0, 1.0], b.shape)) for b in space.work]
    here, there = (evaluate((f, [a.copy() for a in arrays])) for arrays in (space.work, near))
    space.evaluations += 2
    return here == there and not isinstance(here, np.float32)


def _worst(tensors: Sequence[ArrayJudgement]) -> Judged:
    verdicts = {t.verdict for t in tensors}
    if "wrong" in verdicts:
        return "wrong"
    return "cannot-tell" if "cannot-tell" in verdicts else "right"
