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

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.structs import struct
from gradlint.truth.compare import ArrayJudgement, Judged, narrowness
from gradlint.truth.directions import Space, evaluate
from gradlint.truth.inquiry import Inquiry
from gradlint.truth.workers import Spread, spreading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

QUARTER = 2.0**-26  # of the last digit of float32, relative to the number
EVERY_ENTRY = 256  # parameters up to which each entry gets its own derivative


@struct
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
    every_entry: int = EVERY_ENTRY,
) -> Projection:
    """Judge hand-written ``gradients`` of the scalar ``f(*arrays)``, one for each array.

    ``at`` is the value ``f(*arrays)`` where the caller has it.  ``workers`` is a number of
    processes (-1: one for each core) or a map-like callable, as in SciPy; f must then be picklable.
    Up to ``every_entry`` parameters, each entry is differentiated by itself.  The arrays are left
    alone.

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
        space = _space(f, arrays, spread)
        inquiry = Inquiry(space, given, at if space.f is f else None, seed)
        tensors = inquiry.run(every_entry)
    return Projection(_worst(tensors), tuple(tensors), inquiry.space.evaluations)


def _space(f: Callable[..., Any], arrays: Sequence[Any], spread: Spread | None) -> Space:
    """Let f compute in float64 if it can: float32 resolves no more than four digits of a slope.

    A function that rounds its parameters to float32 is a staircase in steps of float64, whatever
    the type of its result: it is judged as the function in float32 that it is.
    """
    wide = Space(f, arrays, spread)
    if any(narrowness(np.asarray(a)) for a in arrays):
        try:
            wide.values([({}, 0.0)])
        except TypeError:  # compiled for float32 alone
            return Space(f, arrays, spread, narrow=True)
        if wide.changes_arguments():
            wide.restore()
    if all(map(_fits_float32, wide.work)) and _rounds(wide):
        given = [a.astype(np.float32) for a in wide.work]
        return Space(partial(_in_float32, f), given, spread, narrow=True)
    return wide


def _in_float32(f: Callable[..., Any], *arrays: Any) -> np.float32:
    return np.float32(f(*arrays))


def _fits_float32(array: Any) -> bool:
    with np.errstate(all="ignore"):
        few = array.ravel()[:16]
        return all(np.array_equal(a, a.astype(np.float32)) for a in (few, array))


def _rounds(space: Space) -> bool:
    """Whether f takes no notice of a change that float32 rounds away, though it does of a larger.

    A smooth f that moves by more than its rounding on the longer way moves on the shorter, too.
    """
    here, near, far = (_around(space, by) for by in (0.0, QUARTER, 64 * QUARTER))
    seen = abs(far - here) > 64 * 8 * 2.0**-53 * abs(here)
    return here == near and seen and not isinstance(here, np.float32)


def _around(space: Space, by: float) -> Any:
    """Evaluate f where every entry differs by one part of itself, up or down."""
    signs = np.random.default_rng(0)
    space.evaluations += 1
    moved = [a * (1 + by * signs.choice([-1.0, 1.0], a.shape)) for a in space.work]
    return evaluate((space.f, moved))


def _worst(tensors: Sequence[ArrayJudgement]) -> Judged:
    verdicts = {t.verdict for t in tensors}
    if "wrong" in verdicts:
        return "wrong"
    return "cannot-tell" if "cannot-tell" in verdicts else "right"
