"""Losses that a comparison implies: what lies on the wrong side of a threshold is pushed across it.

``if y * (x @ w + b) < 1`` before ``w += rate * y * x`` starts the gradient of a hinge.  Where no
branch is taken there is no loss, and the parameters rest, or decay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.trace.primitives import view
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.graph import Graph

_ABOVE = {np.greater, np.greater_equal}
_BELOW = {np.less, np.less_equal}
_LINEAR = {
    np.add, np.subtract, np.multiply, np.true_divide, np.negative, np.dot, np.matmul, np.inner,
    np.sum, np.vdot, np.squeeze, np.ravel, np.reshape, np.transpose, float, view,
}  # fmt: skip


def side_of(decision: Node) -> tuple[Node, float] | None:
    """The value that is compared with a number, and the sign in which it is a loss on its side.

    What was found to be too small is a loss with −1: making it larger makes the loss smaller.
    """
    function, values = decision.function, [a for a in decision.args if isinstance(a, Node)]
    moving = [v for v in values if not v.is_leaf and v.is_float and v.shape in ((), (1,), (1, 1))]
    if function not in _ABOVE | _BELOW or len(moving) != 1:
        return None
    value = moving[0]
    above = (function in _ABOVE) == bool(decision.value)
    return value, 1.0 if above == (decision.args[0] is value) else -1.0


def is_compared(graph: Graph, value: Node, before: Node) -> bool:
    """Whether a sum that a value enters linearly is held against a number before another one."""
    return any(value.index < d.index < before.index for d, _ in _sums(graph, value))


def margins(graph: Graph, olds: list[Node]) -> set[int]:
    """The sums that some values enter linearly and that are held against a number: no losses.

    Where a loop adds one up, what it is made of is none either.
    """
    found = set[int]()
    for old in olds:
        for _, way in _sums(graph, old):
            margin = graph.nodes[max(way)]
            added_up = any(graph.nodes[i].spot is margin.spot for i in way - {margin.index})
            found |= way if added_up and margin.spot is not None else {margin.index}
    return found


def _sums(graph: Graph, value: Node) -> Iterator[tuple[Node, frozenset[int]]]:
    """The comparisons of what a value enters linearly, with the way up to what is compared."""
    reached = graph.descendants([value])
    for decision in graph.tape.decisions:
        side = side_of(decision) if decision.index in reached else None
        if side is not None and side[0].index in reached:
            way = (reached & graph.ancestors([side[0]], after=value.index)) - {value.index}
            if all(graph.nodes[i].function in _LINEAR for i in way):
                yield decision, way
