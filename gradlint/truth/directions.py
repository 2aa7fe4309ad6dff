"""Moving millions of parameters at once, cheaply and along a direction that hides no entry.

A random direction has one factor for each row and one for each column of every tensor: its entry
(i, j) is ``rows[i]·columns[j]``.  To draw it costs nothing beside a fresh Gaussian of the tensor's
size, to hold it costs nothing, and the slope that a gradient G predicts along it is one product
``rows @ G @ columns``.  Factors have random signs and random sizes between 0.7 and 1.4 natural
lengths of the tensor: signs alone let two equal errors cancel half of the time, and a direction of
unit length would drown one wrong entry among n by √n.

The caller's arrays are never touched: f sees working copies, which are moved and put back.

This module knows nothing of verdicts or errors.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradlint.structs import struct
from gradlint.truth.compare import narrowness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Floats = NDArray[Any]
BLOCK = 2**16  # entries written at a time: they stay in the cache between the two operations
MEAN = 4.0  # the error granted to the worst entry of a float32 gradient, in mean errors


def matrix(array: Floats) -> Floats:
    """View the array as rows and columns: the first axis, and all others in one."""
    rows = array.shape[0] if array.ndim > 1 else 1
    return np.asarray(array).reshape(rows, -1 if array.size else 0)


def natural_lengths(arrays: Sequence[Floats]) -> list[float]:
    """Give the root mean square of each array; one that is all zero borrows from the others."""
    lengths = [_root_mean_square(array) for array in arrays]
    known = [length for length in lengths if 0 < length < math.inf]
    spare = math.exp(sum(map(math.log, known)) / len(known)) if known else 1.0
    return [length if 0 < length < math.inf else spare for length in lengths]


def _root_mean_square(array: Floats) -> float:
    flat = np.ravel(array)
    square = float(np.vdot(flat, flat)) / max(flat.size, 1)
    if 1e-200 < square < math.inf:
        return math.sqrt(square)
    top = float(np.abs(flat).max(initial=0.0))  # squares of 1e-200 are zero
    return top * math.sqrt(float(np.mean((flat / top) ** 2))) if 0 < top < math.inf else 0.0


@struct
class Sway:
    """How one tensor moves: by ``rows[i]·columns[j]``, zero outside the ``live`` block."""

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]

    @classmethod
    def random(cls, shape: tuple[int, ...], length: float, rng: np.random.Generator) -> Sway:
        """Draw the factors for a tensor of that shape and natural length."""
        size = math.prod(shape)
        count = shape[0] if len(shape) > 1 else 1
        rows = _factors(count, rng) if count > 1 else np.ones(count)
        return cls(rows, length * _factors(size // max(count, 1), rng))

    @classmethod
    def single(cls, shape: tuple[int, ...], row: int, column: int) -> Sway:
        """Move one entry of a tensor with so many rows and columns, by one."""
        rows, columns = np.zeros(shape[0]), np.zeros(shape[1])
        rows[row] = columns[column] = 1.0
        return cls(rows, columns)

    def weighted(self, shape: tuple[int, ...], axis: int, weights: NDArray[np.float64]) -> Sway:
        """Multiply the direction by one weight for each index along an axis of the tensor."""
        if axis == 0 and len(shape) > 1:
            return Sway(self.rows * weights, self.columns)
        rest = shape[1:] if len(shape) > 1 else shape
        axis -= len(shape) - len(rest)
        spread = weights.reshape([-1 if k == axis else 1 for k in range(len(rest))])
        return Sway(self.rows, (self.columns.reshape(rest) * spread).ravel())

    def equals(self, other: Sway) -> bool:
        """Whether both are the same direction."""
        same = np.array_equal(self.rows, other.rows)
        return same and np.array_equal(self.columns, other.columns)

    @cached_property
    def live(self) -> tuple[slice, slice]:
        """The block outside which nothing moves."""
        return _extent(self.rows), _extent(self.columns)

    @property
    def length(self) -> float:
        """How far the tensor moves, all entries together."""
        return float(np.linalg.norm(self.rows) * np.linalg.norm(self.columns))

    def slope(self, gradient: Floats) -> float:
        """Predict how fast the function changes along this direction, if the gradient is right."""
        across, along = self.live
        block = matrix(gradient)[across, along]
        return float(self.rows[across] @ (block @ self.columns[along]))

    def apply(self, base: Floats, work: Floats, t: float) -> None:
        """Write ``base + t·direction`` into the live block of ``work``."""
        across, along = self.live
        source, target = base[across, along], work[across, along]
        rows = self.rows[across, None].astype(work.dtype)
        columns = (t * self.columns[along]).astype(work.dtype)
        stride = max(1, BLOCK // max(1, columns.size))
        for first in range(0, len(rows), stride):
            part = slice(first, first + stride)
            np.multiply(rows[part], columns, out=target[part])
            np.add(target[part], source[part], out=target[part])


@struct
class Diagonal:
    """How the diagonal of a square matrix moves."""

    entries: NDArray[np.float64]

    @property
    def live(self) -> tuple[slice, slice]:
        """The block outside which nothing moves."""
        return slice(0, self.entries.size), slice(0, self.entries.size)

    @property
    def length(self) -> float:
        """How far the tensor moves, all entries together."""
        return float(np.linalg.norm(self.entries))

    def slope(self, gradient: Floats) -> float:
        """Predict how fast the function changes along this direction, if the gradient is right."""
        return float(self.entries @ np.diagonal(gradient))

    def apply(self, base: Floats, work: Floats, t: float) -> None:
        """Write ``base + t·direction`` into the live block of ``work``."""
        work[...] = base
        work.ravel()[:: work.shape[1] + 1] += t * self.entries


def reflect(base: Floats, work: Floats, live: tuple[slice, slice]) -> None:
    """Move the live block of ``work`` to the other side of ``base``, just as far.

    Half the price of moving there anew; and the difference of two near numbers is exact.
    """
    source, target = base[live], work[live]
    stride = max(1, BLOCK // max(1, target.shape[1]))
    for first in range(0, len(target), stride):
        part = slice(first, first + stride)
        np.subtract(source[part], target[part], out=target[part])
        np.add(target[part], source[part], out=target[part])


Direction = dict[int, Sway | Diagonal]  # tensors that are not named stand still
Point = tuple[Direction, float]


class Space:
    """The point at which f is differentiated, and the working copies that f sees."""

    def __init__(
        self,
        f: Callable[..., Any],
        arrays: Sequence[Any],
        spread: Callable[..., Iterable[Any]] | None = None,
        *,
        narrow: bool = False,
    ) -> None:
        """Hold ``f`` and its arguments; ``spread`` is a map that evaluates several points at once.

        f sees float64, whatever the arrays hold, unless ``narrow`` says that it cannot take it.
        """
        self.f = f
        self.spread = spread
        self.evaluations = 0
        originals = [np.asarray(a) for a in arrays]
        self.work = [_working_copy(a, narrow) for a in arrays]
        bases = [a.astype(w.dtype, copy=False) for a, w in zip(originals, self.work, strict=True)]
        self.base = [matrix(base) for base in bases]
        self.moved = [matrix(work) for work in self.work]
        self.dirty: list[tuple[slice, slice] | None] = [None] * len(bases)
        self.stands: Point = {}, 0.0  # where the working copies are
        self.lengths, self.squares = natural_lengths(self.moved), self._squares()

    def random_direction(self, rng: np.random.Generator, tensors: Sequence[int]) -> Direction:
        """Draw a direction that moves every entry of the given tensors."""
        return {k: Sway.random(self.work[k].shape, self.lengths[k], rng) for k in tensors}

    def values(self, points: Sequence[Point]) -> list[Any]:
        """Evaluate f at ``base + t·direction`` for every (direction, t)."""
        self.evaluations += len(points)
        if self.spread is None or len(points) == 1:
            return [self._value_here(*point) for point in points]
        tasks = []
        for direction, t in points:
            self._move(direction, t)
            tasks.append((self.f, [work.copy() for work in self.work]))
        return list(self.spread(evaluate, tasks))

    def changes_arguments(self) -> bool:
        """Say whether f, just evaluated at the point itself, wrote into what it was given."""
        return not np.array_equal(self._squares(), self.squares, equal_nan=True)

    def _squares(self) -> list[float]:
        with np.errstate(all="ignore"):
            return [float(np.vdot(moved, moved)) for moved in self.moved]

    def restore(self) -> None:
        """Put every working copy back, whatever f did to it."""
        for base, moved in zip(self.base, self.moved, strict=True):
            np.copyto(moved, base)
        self.dirty, self.stands = [None] * len(self.base), ({}, 0.0)

    def _value_here(self, direction: Direction, t: float) -> Any:
        self._move(direction, t)
        return evaluate((self.f, self.work))

    def _move(self, direction: Direction, t: float) -> None:
        across = direction is self.stands[0] and t == -self.stands[1]
        self.stands = direction, t
        for k, (base, moved) in enumerate(zip(self.base, self.moved, strict=True)):
            sway, stale = direction.get(k), self.dirty[k]
            live = None if sway is None else sway.live
            if stale is not None and stale != live:
                moved[stale] = base[stale]
            if live is not None and across:
                reflect(base, moved, live)
            elif sway is not None:
                sway.apply(base, moved, t)
            self.dirty[k] = live


class Line:
    """f along one direction, every point evaluated once, and the slope the gradient predicts."""

    def __init__(self, space: Space, direction: Direction, gradients: Sequence[Any]) -> None:
        """Predict the slope along ``direction``; nothing is evaluated yet."""
        self.space, self.direction = space, direction
        self.slopes = {k: sway.slope(gradients[k]) for k, sway in direction.items()}
        self.slope = math.fsum(self.slopes.values())
        self.coarseness = math.hypot(*(_coarseness(s, gradients[k]) for k, s in direction.items()))
        self.known: dict[float, Any] = {}

    def __call__(self, t: float) -> Any:
        """Give f at ``t``; opposite points are evaluated together, for the sake of workers."""
        if t not in self.known:
            wanted = [t] if t == 0 else [t, -t]
            values = self.space.values([(self.direction, s) for s in wanted])
            self.known.update(zip(wanted, values, strict=True))
        return self.known[t]

    def central(self, h: float) -> float:
        """Measure the slope with one step."""
        return (float(self(h)) - float(self(-h))) / (2 * h)

    def error(self, h: float) -> float:
        """Give the error of the prediction: parameters are rounded when moved, gradients before."""
        moved = max(float(np.finfo(self.space.work[k].dtype).eps) for k in self.direction)
        return moved / h * self.magnitude() + self.coarseness

    def magnitude(self) -> float:
        """Combine the slopes of the tensors without letting them cancel."""
        return math.hypot(*self.slopes.values())


def evaluate(task: tuple[Callable[..., Any], Sequence[Floats]]) -> Any:
    """Call f; where it cannot be evaluated (log(-1), a singular matrix) its value is nan."""
    f, arrays = task
    try:
        with np.errstate(all="ignore"):
            value = f(*arrays)
            return value if isinstance(value, np.float32) else float(value)
    except (ArithmeticError, ValueError):
        return math.nan


def _working_copy(array: Any, narrow: bool) -> Floats:
    given = array if isinstance(array, np.ndarray) else np.asarray(array)
    keep = given.dtype.kind == "f" and (narrow or given.dtype.itemsize > 8)
    return np.array(given, dtype=given.dtype if keep else np.float64, order="C", subok=True)


def _factors(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    spread = rng.uniform(-1.0, 1.0, count)
    return 0.7 * (spread + np.copysign(1.0, spread))


def _coarseness(sway: Sway | Diagonal, gradient: Any) -> float:
    """Say how far a slope is off because its gradient was computed in float32.

    Entries are off by parts of the usual entry, also where their sum along a direction cancels.
    What is granted to the worst entry is far more than they are off in the mean.
    """
    part = narrowness(gradient) / MEAN
    return part * _root_mean_square(gradient) * sway.length if part else 0.0


def _extent(factors: NDArray[np.float64]) -> slice:
    if factors.size and factors[0] != 0 and factors[-1] != 0:
        return slice(0, factors.size)
    live = np.flatnonzero(factors)
    return slice(int(live[0]), int(live[-1]) + 1) if live.size else slice(0, 0)
