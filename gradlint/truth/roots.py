"""Where a right gradient lies on the way into an update: values that are multiples of the truth.

No value is "the" gradient by its place or name.  All values from which a new parameter was made and
that are one multiple of the truth at every point are looked for, in order of execution.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.hinges import is_compared
from gradlint.reading.road import before_projection
from gradlint.truth.fit import TOLERANCE, Fit, fit, same, steady, top

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gradlint.reading.lineage import Update
    from gradlint.reading.step import Parameter, Step
    from gradlint.trace.tape import Node
    from gradlint.truth.points import Point
    from gradlint.truth.study import Study

_MOST = 400  # values of the right size that are compared
_STACKED = 1_000_000  # numbers that are compared at once
_LENGTHENING = {  # what keeps the direction of a sample's gradient, and adds it to the others
    np.multiply, np.true_divide, np.negative, np.add, np.subtract, np.copy, np.clip,
}  # fmt: skip
_SUMMING = {np.add, np.sum, np.hypot, sum}
_LOOSE = 1e-3  # of the largest entry: what is farther from a truth is nowhere near it


def holders(
    study: Study,
    parameter: Parameter,
    points: list[Point],
    truths: list[dict[int, np.ndarray]],
    only: Node | None = None,
) -> list[tuple[Node, list[Fit]]]:
    """The values on the way that hold the gradient, each with its fits, in order of execution.

    Where there are none, those that hold it with a decay, or once for each sample.  ``only`` one of
    them may be asked about.
    """
    true = [truth.get(parameter.node.index) for truth in truths]
    if any(t is None or not np.any(t) or not np.isfinite(top(np.asarray(t))) for t in true):
        return []
    plain: list[tuple[Node, list[Fit]]] = []
    decayed, samples = list(plain), list(plain)
    own = parameter.node.shape
    kept = study.remembered.get(("rows", parameter, points[0]))
    if kept is None:
        kept = _Rows(_candidates(study, parameter), parameter, points[0])
        study.remembered["rows", parameter, points[0]] = kept
    near = kept.near(np.asarray(true[0], dtype=float)) if only is None else [only]
    for node in near:
        fits = _fits(node, parameter, points, true)
        if fits:
            each = len(node.shape) == len(own) + 1 and node.shape[1:] == own
            (samples if each else decayed if fits[0].decay else plain).append((node, fits))
    return plain or decayed or samples


class _Rows:
    """Candidates as the rows of one matrix, so that most are told apart from a truth at once."""

    def __init__(self, nodes: list[Node], parameter: Parameter, point: Point) -> None:
        self.nodes = nodes
        self.weights = np.asarray(point.changes[parameter.node], dtype=float)
        size = self.weights.size
        self.small = len(nodes) * size <= _STACKED
        values = [self._row(point.values.get(node.index)) for node in nodes if self.small]
        self.apart = [value is None or not np.isfinite(value).all() for value in values]
        rows = [np.zeros(size) if a else v for a, v in zip(self.apart, values, strict=True)]
        stacked = np.array(rows, dtype=float).reshape(len(rows), size)
        sizes = np.abs(stacked).max(axis=1, initial=0.0)
        self.rows = stacked / np.where(sizes == 0.0, 1.0, sizes)[:, None]
        self.idle = (stacked == 0.0).any(axis=1)  # of a row that is not touched nothing is told

    def _row(self, value: object) -> np.ndarray | None:
        if value is None or isinstance(value, tuple):  # of several results it is none itself
            return None
        found = _laid(np.asarray(value), self.weights)
        return found.ravel() if found is not None and found.size == self.weights.size else None

    def near(self, true: np.ndarray) -> list[Node]:
        """The candidates that may hold a truth, perhaps with a decay."""
        if not self.small or not self.nodes or true.size != self.weights.size:
            return self.nodes
        base, _ = np.linalg.qr(np.stack([true.ravel() / top(true), self._decay()], axis=1))
        off = self.rows - (self.rows @ base) @ base.T
        near = np.abs(off).max(axis=1, initial=0.0) <= _LOOSE
        return [
            node
            for node, close, idle, apart in zip(
                self.nodes, near, self.idle, self.apart, strict=True
            )
            if (close or idle) and not apart
        ]

    def _decay(self) -> np.ndarray:
        return self.weights.ravel() / (top(self.weights) or 1.0)


def _fits(
    node: Node, parameter: Parameter, points: list[Point], true: list[np.ndarray | None]
) -> list[Fit]:
    """How a value holds the gradient at every point; nothing if it does not at one of them."""
    fits = []
    for point, truth in zip(points, true, strict=True):
        value = point.values.get(node.index)
        found = None
        if value is not None:
            found = _held(value, np.asarray(truth), point.changes, parameter)
        if found is None:
            return []
        fits.append(found)
    if not steady(fits) or (_proves_nothing(true) and not same(abs(fits[0].factor), 1.0)):
        return []
    return fits


def _proves_nothing(true: list[np.ndarray | None]) -> bool:
    """Whether a truth is one number, and the same at every point: any is a multiple of it."""
    numbers = [float(np.asarray(t).item()) for t in true if t is not None and np.size(t) == 1]
    return bool(numbers) and all(abs(n - numbers[0]) <= _LOOSE * abs(n) for n in numbers)


def _candidates(study: Study, parameter: Parameter) -> list[Node]:
    """The values that may hold a parameter's gradient: of its size, or one such for each sample."""
    step, update = study.step, parameter.update
    end = before_projection(step.graph, update)
    own, size = parameter.node.shape, math.prod(parameter.node.shape)
    found = []
    above = step.graph.ancestors([end], cut=step.constants)  # not what only others are made of
    chosen = is_compared(step.graph, parameter.node, update.new)  # data, by which side it is on
    live = {i for i in above if i > parameter.node.index} if chosen else above & step.dependent
    for index in sorted(live, reverse=True):
        node = step.graph.nodes[index]
        if index in update.path or node is parameter.node or node is end:
            continue
        if math.prod(node.shape) == size or (own and node.shape[1:] == own):
            found.append(node)
            if len(found) >= _MOST:
                break
    return found[::-1]


def _held(
    value: object, true: np.ndarray, changes: dict[Node, object], parameter: Parameter
) -> Fit | None:
    """How a value holds the truth at one point; None if it does not."""
    hand = _laid(np.asarray(value), true)
    if hand is None:
        return None
    weights = np.asarray(changes[parameter.node], dtype=float)
    found = fit(hand, true, weights)
    return found if found.error <= TOLERANCE and found.factor and not found.vanishes else None


def _laid(hand: np.ndarray, true: np.ndarray) -> np.ndarray | None:
    """A value in the shape of a truth: samples summed, axes exchanged."""
    if hand.dtype.kind not in "fiu" or not hand.size:
        return None
    hand = hand.astype(float)
    if hand.shape != true.shape and hand.shape[1:] == true.shape and hand.size != true.size:
        hand = hand.sum(axis=0)
    if hand.shape != true.shape and hand.shape == true.T.shape:
        hand = hand.T
    return hand


def shares(
    study: Study,
    parameter: Parameter,
    points: list[Point],
    truths: list[dict[int, np.ndarray]],
) -> tuple[list[Node], list[Fit]] | None:
    """The values of one place that hold the gradient together, each that of one sample."""
    true = [np.asarray(truth.get(parameter.node.index, 0.0)) for truth in truths]
    if not parameter.node.shape or not all(map(np.any, true)):
        return None
    for nodes in _by_place(study, parameter):
        fits = [_held_together(nodes, parameter, *each) for each in zip(points, true, strict=True)]
        known = [found for found in fits if found is not None]
        if len(known) == len(points) and steady(known) and _alone(study.step, parameter, nodes):
            return nodes, known
    return None


def _held_together(
    nodes: list[Node], parameter: Parameter, point: Point, true: np.ndarray
) -> Fit | None:
    """How the sum of several values holds the truth at one point; None if it does not."""
    parts = [np.asarray(point.values.get(node.index, np.nan)) for node in nodes]
    return _held(np.sum(parts, axis=0), true, point.changes, parameter)


def _alone(step: Step, parameter: Parameter, nodes: list[Node]) -> bool:
    """Whether each value is only scaled or clipped before they are added up, by nothing else.

    What scales it may be a number, or be made of the values themselves.
    """
    graph, update = step.graph, parameter.update
    above = graph.ancestors([update.new])
    private = above & (graph.descendants(nodes[:1]) - graph.descendants(nodes[1:]))

    def is_measured(node: Node) -> bool:
        """Whether nothing but single numbers is made of a value."""
        return not any(r.shape for r in graph.readers[node.index] if r.index in above)

    for node in map(graph.nodes.__getitem__, private - {nodes[0].index}):
        alike = node.shape == nodes[0].shape and node.function not in _LENGTHENING
        if alike and not is_measured(node):
            return False
    readers = [r for r in graph.readers[nodes[0].index] if r.index in above]
    if all(map(is_measured, readers)):
        return False
    way = above & graph.descendants(nodes)
    after = way - {node.index for node in nodes}
    return all(_is_scaled_alone(step, update, graph.nodes[index], way) for index in after)


def _is_scaled_alone(step: Step, update: Update, node: Node, way: AbstractSet[int]) -> bool:
    """Whether an operation brings nothing in that the parameters or any arrays decide upon."""
    own = way | update.path | {update.old.index}
    beside = [p for p in node.parents if p.index not in own]
    summed = node.function in _SUMMING and not node.shape  # all parameters' shares, squared
    if not summed and any(p.index in step.dependent for p in beside):
        return False
    scales = beside if node.function in (np.multiply, np.true_divide) else []
    return not any(step.graph.nodes[i].shape for i in step.graph.ancestors(scales))


def _by_place(study: Study, parameter: Parameter) -> list[list[Node]]:
    """Values of a parameter's size that one line makes again and again, for its update."""
    step = study.step
    places: dict[tuple[int, Any], list[Node]] = {}
    above = step.graph.ancestors([parameter.update.new], cut=step.constants)
    for index in sorted(above & step.dependent & step.backward):
        node = step.graph.nodes[index]
        if node.spot is not None and node.shape == parameter.node.shape:
            places.setdefault((id(node.spot), node.function), []).append(node)
    return [nodes for nodes in places.values() if 1 < len(nodes) <= _MOST]


def signs_by_data(step: Step, parameter: Parameter, node: Node) -> list[Node]:
    """The numbers made of arrays, such as a reward, that decide which way a step goes."""
    graph = step.graph
    reach = graph.way(node, parameter.update.new)
    found = []
    for index in reach - {node.index}:
        product = graph.nodes[index]
        if product.function not in (np.multiply, np.true_divide):
            continue
        for other in product.parents:
            single = other.index not in reach and int(np.prod(other.shape)) == 1
            if single and any(graph.nodes[i].shape for i in graph.ancestors([other])):
                found.append(other)
    return found
