"""What a rule does to a parameter without any gradient: a decay, a projection, or neither.

A decay takes each entry by itself, or makes rows, columns or the whole longer or shorter; a
projection leaves alone what has been projected.  The sum of all weights is neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
