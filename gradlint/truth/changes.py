"""What the changes of one parameter look like: of its entries' own gradients, of a decay.

A decay takes each entry by itself, or makes rows, columns or the whole longer or shorter; a
projection leaves alone what has been projected.  The sum of all weights is neither, and the sum of
all gradients is no step.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ALIKE = 1e-6  # relative: the same numbers by another order of summation
_AWAY = 0.02  # cosine between a step and the gradient it is to follow


class Resting:
    """What parameters do at rest: all of them together, or one of them alone.

    ``first`` and ``second`` are two values of each, ``run`` makes the changes of all parameters out
    of their values.
    """

    def __init__(
        self,
        first: list[np.ndarray],
        second: list[np.ndarray],
        run: Callable[[list[np.ndarray]], list[np.ndarray]],
    ) -> None:
        self._first, self._second, self._run = first, second, run
        self._together: list[list[np.ndarray]] = []

    def only_shrinks(self, position: int, same: Callable[[np.ndarray, np.ndarray], bool]) -> bool:
        """Whether nothing but a decay or a projection happens to a parameter.

        All are looked at together.  One that does not do well there is looked at alone: what the
        others are may matter to it.
        """
        first, second = self._first[position], self._second[position]

        def together(_: np.ndarray) -> np.ndarray:
            return self._all(next(asked))[position]

        def alone(value: np.ndarray) -> np.ndarray:
            weights = list(self._first)
            weights[position] = value
            return self._run(weights)[position]

        asked = itertools.count()
        sound = all(np.isfinite(self._all(k)[position]).all() for k in range(2))
        if sound and _only_shrinks(first, second, together, same):
            return True
        return _only_shrinks(first, second, alone, same)

    def _all(self, k: int) -> list[np.ndarray]:
        """The changes of all parameters at the places at which that of one is asked for."""
        while len(self._together) <= k:
            self._together.append(self._run(self._place(len(self._together))))
        return self._together[k]

    def _place(self, k: int) -> list[np.ndarray]:
        """Where all parameters are when a change is asked for: see :func:`_only_shrinks`."""
        if k < 2:
            return (self._first, self._second)[k]
        if k == 2:
            return [_mixed(a, b) for a, b in zip(self._first, self._second, strict=True)]
        return [a + b for a, b in zip(self._first, self._together[0], strict=True)]


def _only_shrinks(
    first: np.ndarray,
    second: np.ndarray,
    at_rest: Callable[[np.ndarray], np.ndarray],
    same: Callable[[np.ndarray, np.ndarray], bool],
) -> bool:
    """Whether the change ``at_rest`` of a parameter is a decay's or a projection's.

    ``first`` and ``second`` are two values of it, of one shape.
    """
    one, other = at_rest(first), at_rest(second)
    if one.size == 1 or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return True
    if same(at_rest(_mixed(first, second)), _mixed(one, other)):
        return True
    if any(same(one, part) for part in _lengthened(first, one)):
        return True
    there = at_rest(first + one)
    return same(there, np.zeros_like(there))


def _mixed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Some entries of one array, the rest of another."""
    some = np.arange(first.size).reshape(first.shape) % 3 == 0
    return np.where(some, first, second)


def _lengthened(value: np.ndarray, change: np.ndarray) -> Iterator[np.ndarray]:
    """A change as far as it only makes rows, columns or the whole longer or shorter."""
    for axis in (None, *range(value.ndim)):
        squares = np.sum(value * value, axis=axis, keepdims=True)
        yield value * np.sum(value * change, axis=axis, keepdims=True) / (squares + (squares == 0))


def is_merged(change: np.ndarray, gradient: np.ndarray) -> bool:
    """Whether entries whose gradients have both signs are all moved alike: by their sum."""
    if change.shape != gradient.shape or not np.isfinite(change).all() or not np.any(change):
        return False
    for axis in (k for k in range(change.ndim) if change.shape[k] > 1):
        mixed = (gradient.min(axis) < 0) & (gradient.max(axis) > 0)
        apart = np.ptp(change, axis)[mixed]
        if apart.size and apart.max() <= _ALIKE * np.abs(change).max():
            return True
    return False


def one_ratio(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether a whole array is one positive multiple of another: a trust ratio."""
    size = float(np.vdot(other, other))
    if not size or one.size < 2:
        return False
    ratio = float(np.vdot(one, other)) / size
    gap = float(np.abs(one - ratio * other).max())
    return ratio > 0 and gap <= _ALIKE * float(np.abs(one).max())


def is_turned(ways: list[list[float]]) -> bool:
    """Whether steps stand still for several gradients, or go up for some and down for others."""
    still = sum(all(abs(way) <= _AWAY for way in of_one) for of_one in ways)
    moving = [way for of_one in ways for way in of_one if abs(way) > _AWAY]
    return still > 1 or sum(way > 0 for way in moving) not in (0, len(moving))


def cosine(change: np.ndarray, gradient: np.ndarray) -> float:
    """How far a change goes along a gradient: 1 along it, 0 across, -1 against."""
    with np.errstate(all="ignore"):  # a road that is no optimiser's may lead anywhere
        size = float(np.sqrt(np.sum(change**2) * np.sum(gradient**2)))
        return float(np.sum(change * gradient)) / size if size else 0.0


class Mixture:
    """Sums c·gradient + d·W + e·sign(W) of one parameter, at several ``places``."""

    def __init__(self, places: list[tuple[np.ndarray, np.ndarray]]) -> None:
        self.gradients = [gradient for gradient, _ in places]
        columns = [np.stack([g.ravel(), w.ravel(), np.sign(w).ravel()], axis=1) for g, w in places]
        matrix = np.concatenate(columns)
        self.lengths = np.linalg.norm(matrix, axis=0)
        self.matrix = matrix / self.lengths
        rcond = np.finfo(float).eps * len(matrix)
        self.inverse = np.linalg.pinv(self.matrix, rcond=rcond)

    def parts(self, values: list[Any]) -> tuple[float, float, float] | None:
        """The c, d, e of a value, given it at all places; None if it is no such sum."""
        pairs = zip(values, self.gradients, strict=True)
        laid = [laid_as(np.asarray(value, dtype=float), g) for value, g in pairs]
        shaped = [value for value in laid if value is not None]
        target = np.concatenate([value.ravel() for value in shaped] or [np.zeros(0)])
        size = float(np.abs(target).max(initial=0.0))
        if len(shaped) < len(laid) or not size or not np.isfinite(size):
            return None
        found = self.inverse @ target
        if float(np.abs(self.matrix @ found - target).max()) > _ALIKE * size:
            return None
        parts, weight = (found / self.lengths).tolist(), np.abs(found)
        c, d, e = (
            0.0 if w <= 1e-9 * weight.max() else x for w, x in zip(weight, parts, strict=True)
        )
        return (c, d, e) if c else None


def laid_as(value: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """A value in the layout of another one, transposed or without axes of one; None if unlike."""
    if value.shape == other.shape:
        return value
    if value.shape == other.T.shape:
        return value.T
    long = [tuple(n for n in array.shape if n > 1) for array in (value, other)]
    return value.reshape(other.shape) if long[0] == long[1] else None
