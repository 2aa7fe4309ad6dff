"""The objective of a step with fewer rows of data: what reverse mode is confirmed on.

Central differences confirm that the derivative of what was recorded is right, operation by
operation; that takes dozens of forward passes, and the operations are the same whatever the number
of samples.  With many of them a part of the rows is enough: the data are cut down, everything
computed from them is computed again, and both derivatives are those of this smaller function.  The
gradients of the program are never judged here: that is done on all rows.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.replay import Unrepeatable, ancestors, replay
from gradlint.truth.backprop import Underivable, backprop

if TYPE_CHECKING:
    from gradlint.reading.objective import Objective
    from gradlint.trace.tape import Node
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_MANY, _FEW = 4096, 512  # rows from which on they are thinned out, and how many are left


class Thinned:
    """An objective of a few rows at one point: its cotangents, and its value nearby."""

    def __init__(
        self, study: Study, objective: Objective, point: Point, data: dict[Node, Any]
    ) -> None:
        self._objective, self._data = objective, data
        order = study.order(objective)
        values = replay([*order, *objective.nodes], {**data, **point.changes}, precise=True)
        self._seeds = objective.seeds(values)
        self._fixed = {n: values[n.index] for n in study.step.constants if n.index in values}
        self.truth = backprop(order, values, self._seeds)

    def value(self, changes: dict[Node, Any]) -> float:
        """The objective at other parameter values, its cotangents frozen."""
        values = replay(
            self._objective.values, {**self._data, **self._fixed, **changes}, precise=True
        )
        return float(
            sum(
                np.sum(seed * np.asarray(values[n.index], float)) for n, seed in self._seeds.items()
            )
        )


def thinned(study: Study, objective: Objective, point: Point) -> Thinned | None:
    """The objective of fewer rows at a point; None if they are few, or the rest cannot be run."""
    inputs = ancestors(objective.nodes, stop=point.changes)
    rows = _rows(study, objective, inputs, point)
    if rows is None:
        return None
    rng = np.random.default_rng([study.seed, 512])
    kept = np.sort(rng.choice(rows, _FEW, replace=False))
    data = {
        node: _cut(value, rows, kept)
        for node in inputs
        if not node.parents and node not in point.changes
        for value in [node.value]
        if rows in np.shape(value)
    }
    try:
        return Thinned(study, objective, point, data)
    except (Unrepeatable, Underivable, ValueError, IndexError, KeyError):
        return None  # a size is written into the program, or something counts its rows


def _rows(study: Study, objective: Objective, inputs: list[Node], point: Point) -> int | None:
    """How many rows the data have that go through the parameters together, if they are many."""
    sizes = Counter[int]()
    for node in inputs:
        if not node.parents and node not in point.changes and node.shape:
            sizes[node.shape[0]] += int(np.prod(node.shape))
    through = {node.shape[0] for node in study.order(objective) if node.shape}
    many = [size for size in sizes if size >= _MANY and size in through]
    if not many or any(set(many) & set(node.shape) for node in point.changes):
        return None
    return max(many, key=lambda size: sizes[size])


def _cut(value: np.ndarray, rows: int, kept: np.ndarray) -> np.ndarray:
    """The rows that are kept; of the numbers of all rows those of so many."""
    if value.shape == (rows,) and value.dtype.kind in "iu" and (value == np.arange(rows)).all():
        return np.arange(len(kept), dtype=value.dtype)
    for axis, length in enumerate(value.shape):
        if length == rows:
            value = np.take(value, kept, axis)
    return value
