"""The verdict on a hand-written derivative, given a reference ``value ± error``.

- *right*: the two agree within the error, and the error is small against both.  The reference
  resolves the claim.
- *wrong*: they differ by more than ten errors.
- *cannot tell*: everything else, with the reason.

Every threshold is a multiple of the error or a fraction of the derivative itself, never a number
of its own: a verdict does not change with the units of the loss or of the parameters, and a
gradient of 1e-12 with a flipped sign is as wrong as one of 1.

This module knows numbers and arrays: not how the reference was come by.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradlint.structs import struct

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradlint.truth.differences import Kink

Judged = Literal["right", "wrong", "cannot-tell"]

AGREES = 2.0  # right: within so many errors
DIFFERS = 10.0  # wrong: beyond so many errors
RESOLVES = 5e-5  # right: the error is at most this part of the derivative
NARROW = 16.0  # units of rounding granted to a float32 or float16 gradient, relative to its largest
NEGLIGIBLE = 1e4  # a mistake is no matter of branches if it is so many times the jump of the slopes
SHOWN = 10  # places a pattern lists

_BELOW_NOISE = "the derivative is below the noise of the reference"
TOO_COARSE = "the reference is too coarse to certify the agreement"
_IN_BETWEEN = "the difference is neither within the reference's error nor clearly beyond it"


@struct
class Judgement:
    """The verdict on one number.

    ``factor`` is hand-written over true, where the reference differs from zero.  ``relative_error``
    is the difference over the larger of the two.
    """

    verdict: Judged
    factor: float | None = None
    relative_error: float | None = None
    reason: str = ""


@struct
class Pattern:
    """Which entries are off: ``kind``, the first places, and how many entries of how many.

    ``where`` holds the indices along ``axis`` for rows, columns and slices, else whole indices; it
    is empty where many entries are off that have no simple form.
    """

    kind: Literal["none", "whole", "row", "column", "slice", "diagonal", "off-diagonal", "entries"]
    where: tuple[tuple[int, ...], ...] = ()
    axis: int | None = None
    count: int = 0
    size: int = 0

    def __str__(self) -> str:
        if self.kind in ("none", "whole", "diagonal", "off-diagonal"):
            return {"none": "no entry", "whole": "every entry"}.get(self.kind, f"the {self.kind}")
        if not self.where:
            return "many entries"
        places = [str(w[0] if len(w) == 1 else w) for w in self.where]
        more = ", …" if self.kind == "entries" and self.count > len(places) else ""
        several = len(places) > 1
        plain = f"{self.kind}s" if several and self.kind in ("row", "column") else self.kind
        entry = "entries" if several else "entry"
        noun = {"entries": entry, "slice": f"axis {self.axis}, index"}.get(self.kind, plain)
        return f"{noun} {', '.join(places)}{more}"


@struct
class ArrayJudgement:
    """The verdict on an array: ``factor`` c such that hand = c·truth everywhere, or None."""

    verdict: Judged
    factor: float | None = None
    relative_error: float | None = None
    reason: str = ""
    pattern: Pattern = Pattern("none")


def judge(hand: float, reference: float, error: float, *, kink: Kink | None = None) -> Judgement:
    """Hold one hand-written derivative against ``reference ± error``.

    ``kink`` gives the two slopes where the function has a corner; any value between them is a valid
    subgradient.
    """
    a, n = float(hand), float(reference)
    if not (math.isfinite(n) and math.isfinite(error)):
        return Judgement("cannot-tell", reason="the reference is not finite")
    if not math.isfinite(a):
        return Judgement("wrong", reason=f"the hand-written derivative is {a}")
    if kink is not None:
        return _judge_at_kink(a, error, kink)
    size, gap = max(abs(a), abs(n)), abs(a - n)
    error += 4 * _EPS * size + narrowness(hand) * abs(a)
    factor = a / n if abs(n) > AGREES * error else None
    relative = gap / size if size else 0.0
    if gap > DIFFERS * error:
        return Judgement("wrong", factor, relative)
    if gap <= AGREES * error and error <= RESOLVES * size:
        return Judgement("right", factor, relative)
    return Judgement("cannot-tell", factor, relative, _doubt(gap, error, size))


def compare_arrays(
    hand: ArrayLike, truth: ArrayLike, error: ArrayLike, *, vanishes: bool = False
) -> ArrayJudgement:
    """Hold a hand-written gradient against ``truth ± error``, entry by entry.

    ``error`` is a number or an array that broadcasts to the gradient's shape.  Single entries may
    lie below the error: the gradient as a whole has to stand above it.  ``vanishes`` says that the
    caller has shown the function not to depend on the argument, so that an agreement on zero is an
    agreement.

    Raises ValueError if the shapes differ: that is another mistake, with a name of its own.
    """
    given = np.asarray(hand)
    a, n = given.astype(np.float64), np.asarray(truth, dtype=np.float64)
    if a.shape != n.shape:
        raise ValueError(f"a gradient of shape {a.shape} cannot be compared with {n.shape}")
    e = np.broadcast_to(np.asarray(error, dtype=np.float64), a.shape)
    if not (np.isfinite(n).all() and np.isfinite(e).all()):
        return ArrayJudgement("cannot-tell", reason="the reference is not finite")
    broken = ~np.isfinite(a)
    if broken.any():
        pattern = describe(broken, np.ones(a.shape, bool))
        return ArrayJudgement("wrong", reason="the gradient is not finite", pattern=pattern)
    if a.size == 0:
        return ArrayJudgement("right", reason="there is no entry")
    return _compare_finite(a, n, e + narrowness(given) * np.abs(a).max(), vanishes)


def _compare_finite(
    a: NDArray[np.float64], n: NDArray[np.float64], e: NDArray[np.float64], vanishes: bool
) -> ArrayJudgement:
    size, gap = np.maximum(np.abs(a), np.abs(n)), np.abs(a - n)
    e = e + 4 * _EPS * size
    top = float(size.max())
    relative = float(gap.max()) / top if top else 0.0
    factor = proportion(a, n, e)
    off = gap > DIFFERS * e
    if off.any():
        pattern = describe(off, size > DIFFERS * e)
        return ArrayJudgement("wrong", factor, relative, pattern=pattern)
    agrees = bool((gap <= AGREES * e).all())
    if agrees and _norm(e) <= RESOLVES * _norm(size):
        return ArrayJudgement("right", factor, relative)
    if agrees and vanishes:
        return ArrayJudgement("right", None, relative, "the function does not depend on it")
    worst = np.unravel_index(int(np.argmax(gap - AGREES * e)), a.shape)
    doubt = _doubt(float(gap[worst]), float(e[worst]), _norm(size) / math.sqrt(a.size))
    return ArrayJudgement("cannot-tell", factor, relative, doubt)


def proportion(
    a: NDArray[np.float64], n: NDArray[np.float64], error: NDArray[np.float64]
) -> float | None:
    """Find the c with ``a = c·n`` everywhere within the error, or None if there is none."""
    scale = float(np.abs(n).max(initial=0.0))
    if scale <= AGREES * float(error.max(initial=0.0)):
        return None
    unit = n / scale  # squares of 1e-200 are zero
    c = float(np.vdot(unit, a)) / float(np.vdot(unit, unit)) / scale
    off = np.abs(a - c * n) > AGREES * (1 + abs(c)) * error
    return None if off.any() or not math.isfinite(c) else c


def _along_an_axis(off: NDArray[np.bool_], excused: NDArray[np.bool_]) -> Pattern | None:
    """Whole rows, columns or slices that are off, some of those along one axis."""
    count = int(off.sum())
    for axis, length in enumerate(off.shape):
        lines = np.moveaxis(off, axis, 0).reshape(length, -1)
        hit = np.flatnonzero(lines.any(axis=1))
        covered = np.moveaxis(excused, axis, 0)[hit]
        if lines.shape[1] > 1 and hit.size < min(length, count) and covered.all():
            names = {0: "row", 1: "column"} if off.ndim == 2 else {}
            where = tuple((int(i),) for i in hit[:SHOWN])
            return Pattern(names.get(axis, "slice"), where, axis, count, off.size)  # type: ignore[arg-type]
    return None


def _about_the_diagonal(off: NDArray[np.bool_], excused: NDArray[np.bool_]) -> Pattern | None:
    """The diagonal of a square matrix, or all but the diagonal."""
    if off.ndim != 2 or len(set(off.shape)) > 1 or off.size == 1:
        return None
    diagonal = np.eye(len(off), dtype=bool)
    if not off[~diagonal].any() and excused[diagonal].all():
        return Pattern("diagonal", count=int(off.sum()), size=off.size)
    if not off[diagonal].any() and excused[~diagonal].all():
        return Pattern("off-diagonal", count=int(off.sum()), size=off.size)
    return None


def describe(off: NDArray[np.bool_], significant: NDArray[np.bool_]) -> Pattern:
    """Find the simplest set of entries that holds all ``off`` and nothing significant besides."""
    count, size, excused = int(off.sum()), off.size, off | ~significant
    if count == 0:
        return Pattern("none", size=size)
    if excused.all() and size > 1:
        return Pattern("whole", count=count, size=size)
    pattern = _along_an_axis(off, excused) or _about_the_diagonal(off, excused)
    if pattern is not None:
        return pattern
    places = tuple(tuple(int(i) for i in place) for place in np.argwhere(off)[:SHOWN])
    return Pattern("entries", places, None, count, size)


_EPS = float(np.finfo(np.float64).eps)


def narrowness(hand: Any) -> float:
    """Give the relative error that the type of a hand-written gradient brings with it."""
    dtype = getattr(hand, "dtype", None)
    if dtype is None or dtype.kind != "f" or dtype.itemsize >= 8:
        return 0.0
    return NARROW * float(np.finfo(dtype).eps)


def _norm(x: NDArray[np.float64]) -> float:
    top = float(np.abs(x).max())
    return top * float(np.linalg.norm(x / top)) if top else 0.0


def _doubt(gap: float, error: float, size: float) -> str:
    if gap > AGREES * error:
        return _IN_BETWEEN
    return _BELOW_NOISE if size <= DIFFERS * error else TOO_COARSE


def _judge_at_kink(a: float, error: float, kink: Kink) -> Judgement:
    """Accept any value between the slopes; deny only what the kink has no part in.

    Where several corners meet, a legitimate choice of branches can fall outside the two slopes
    (four samples, one weight, all at the corner of their ReLU): that is no proof of a mistake.
    """
    low, high = sorted((kink.left, kink.right))
    jump = high - low
    slack = max(error - jump / 2, 0.0)
    outside = max(low - a, a - high, 0.0)
    relative = outside / max(abs(a), abs(low), abs(high), math.ulp(0.0))
    if outside <= AGREES * slack and slack <= 0.1 * jump:
        text = f"the loss has a kink here; any slope from {low:.6g} to {high:.6g} is valid"
        return Judgement("right", None, relative, text)
    if outside > DIFFERS * max(NEGLIGIBLE * jump, slack):
        return Judgement("wrong", None, relative, "far outside the two slopes at a kink")
    return Judgement("cannot-tell", None, relative, "the loss has a kink here")
