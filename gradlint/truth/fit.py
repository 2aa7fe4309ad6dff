"""How a hand-written value compares with a true one: a multiple of it, perhaps with a decay.

Numbers only: which values are compared, and what follows, is known elsewhere.
"""

from __future__ import annotations

from math import isfinite

import numpy as np

from gradlint.reading.graph import squeezed
from gradlint.structs import struct

# Both sides are computed in float64 by different orders of summation: agreement is seen at 1e-10
# and better on well-conditioned nets, and the smallest slips people make lie above 1e-5.
TOLERANCE = 1e-6
SAME = 1e-5  # two factors that differ by less are one factor
_SQUARABLE = 1e-100  # numbers beyond this or its inverse lose their squares
_PARALLEL = 1e-4  # normal equations lose twice the digits: too parallel, and they are not used


@struct
class Fit:
    """``hand = factor · truth + decay · parameter`` with the worst relative error."""

    factor: float
    error: float
    decay: float = 0.0
    vanishes: bool = False  # both sides are exactly zero


def same(one: float, other: float) -> bool:
    """Whether two factors are one factor."""
    return abs(one - other) <= SAME * max(abs(one), abs(other))


def steady(fits: list[Fit]) -> bool:
    """Whether what was compared is one multiple of the truth at several points, and one decay.

    Of a single number every fit is exact: there the factor alone can tell, as finely as a fit does.
    """
    first = fits[0]
    gap = TOLERANCE * abs(first.factor)
    return all(abs(f.factor - first.factor) <= gap and same(f.decay, first.decay) for f in fits)


def fit(hand: np.ndarray, true: np.ndarray, parameter: np.ndarray) -> Fit:
    """The best multiple of the truth, with weight decay if that alone makes it fit."""
    if hand.shape != true.shape:
        alike = hand.size == true.size and squeezed(hand.shape) == squeezed(true.shape)
        if not alike:
            return Fit(float("nan"), float("inf"))
        hand = hand.reshape(true.shape)
    length, size = top(hand), top(true)
    if not (isfinite(length) and isfinite(size)):
        return Fit(float("nan"), float("inf"))
    if length == 0.0 and size == 0.0:
        return Fit(1.0, 0.0, vanishes=True)
    if length == 0.0 or size == 0.0:
        return Fit(0.0, float("inf"))
    c = _multiple(hand, true, length, size)
    error = _gap(hand, true, c) / max(length, abs(c) * size)
    if error > TOLERANCE and hand.size > 2:
        # One row of an embedding decays only where it is updated.
        touched = (hand != 0) | (true != 0)
        own = np.where(touched, parameter, 0.0) if parameter.shape == hand.shape else parameter
        decayed = _with_decay(hand / length, true / size, own)
        if decayed is not None and decayed[2] <= TOLERANCE:
            return Fit(decayed[0] * length / size, decayed[2], decayed[1] * length)
    return Fit(c, error)


def gap_left(hand: np.ndarray, true: np.ndarray) -> float:
    """How far a gradient is from the nearest multiple of the truth."""
    length, size = top(hand), top(true)
    if hand.size != true.size or not (length and size):
        return max(length, size)
    hand = hand.reshape(true.shape)
    return _gap(hand, true, _multiple(hand, true, length, size))


def _multiple(hand: np.ndarray, true: np.ndarray, top: float, size: float) -> float:
    """The multiple of the truth that lies nearest."""
    if min(top, size) < _SQUARABLE or max(top, size) > 1 / _SQUARABLE:
        hand, true = hand / top, true / size
        return float(np.vdot(true, hand) / np.vdot(true, true)) * top / size
    return float(np.vdot(true, hand) / np.vdot(true, true))


def _gap(hand: np.ndarray, true: np.ndarray, c: float) -> float:
    """The largest difference from a multiple of the truth, in one temporary: it may be large."""
    off = np.asarray(c * true)
    np.subtract(hand, off, out=off)
    return top(off)


def _with_decay(
    a: np.ndarray, n: np.ndarray, parameter: np.ndarray
) -> tuple[float, float, float] | None:
    length = top(parameter)
    if parameter.shape != a.shape or not length:
        return None
    c, decay = _two_terms(a.ravel(), n.ravel(), parameter.ravel() / length)
    decay /= length
    return c, decay, _error(a, c * n + decay * parameter)


def _two_terms(a: np.ndarray, n: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    """The least squares of ``a = c·n + d·p``."""
    nn, pp, cross = float(n @ n), float(p @ p), float(n @ p)
    if nn * pp - cross**2 < _PARALLEL * nn * pp:
        (c, d), *_ = np.linalg.lstsq(np.stack([n, p], axis=1), a, rcond=None)
        return float(c), float(d)
    gram = np.array([[nn, cross], [cross, pp]])
    c, d = np.linalg.solve(gram, np.array([float(n @ a), float(p @ a)]))
    return float(c), float(d)


def _error(a: np.ndarray, b: np.ndarray) -> float:
    size = max(top(a), top(b))
    return top(a - b) / size if size else 0.0


def top(value: np.ndarray) -> float:
    """The largest size of an entry, without a temporary; nan if any entry is nan."""
    return float(max(value.max(initial=0.0), -value.min(initial=0.0)))
