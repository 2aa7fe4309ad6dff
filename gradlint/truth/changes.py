"""What the changes of one parameter look like: of its entries' own gradients, of a decay.

A decay takes each entry by itself, or makes rows, columns or the whole longer or shorter; a
projection leaves alone what has been projected.  The sum of all weights is neither, and the sum of
all gradients is no step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ALIKE = 1e-6  # relative: the same numbers by another order of summation


def only_shrinks(
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
    some = np.arange(one.size).reshape(one.shape) % 3 == 0
    if same(at_rest(np.where(some, first, second)), np.where(some, one, other)):
        return True
    if any(same(one, part) for part in _lengthened(first, one)):
        return True
    there = at_rest(first + one)
    return same(there, np.zeros_like(there))


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
