"""Outer broadcasts of values that were meant element by element, told from intended tables."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.drift import drifts
from gradlint.reading.axes.slips import Outer, below, operands, origin, outer_broadcast
from gradlint.reading.axes.text import operand_expressions, says_layout
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.drift import Drift
    from gradlint.reading.axes.scope import Seen


def meant_elementwise(seen: Seen) -> Iterator[Outer]:
    """Yield outer broadcasts that nothing shows to be intended, one for each place.

    What gave a carried value another shape was not intended, however it was laid out.
    """
    drifting = {id(drift.node.spot) for drift in drifts(seen)}
    behind = {id(o.node.spot): o for d in drifts(seen) if (o := outer_behind(seen, d)) is not None}
    yield from (outer for place, outer in behind.items() if place not in drifting)
    candidates = _candidates(seen, drifting | set(behind))
    decided: dict[int, bool] = {}
    made_so = seen.graph.descendants([outer.node for outer in candidates])
    for outer in candidates:
        spot = outer.node.spot
        if id(spot) not in decided:
            decided[id(spot)] = (
                (not _written_so(outer) or _spoils(seen, outer))
                and _one_dimension(seen, outer)
                and not _meets_a_table(seen, outer, made_so)
            )
        if decided[id(spot)]:
            decided[id(spot)] = False  # once is enough
            yield outer


def _candidates(seen: Seen, known: set[int]) -> list[Outer]:
    """All outer broadcasts that depend on a parameter, if there are any, outside of some places."""
    made = (
        outer_broadcast(seen.axes, node)
        for node in seen.nodes
        if node.spot is not None and id(node.spot) not in known
    )
    return [outer for outer in made if outer is not None and outer.node.index in seen.learned]


def outer_behind(seen: Seen, drift: Drift) -> Outer | None:
    """The first column and row that made a carried value a table, where it was a series before."""
    made = sorted(seen.graph.ancestors([drift.node], after=drift.old.index))
    for node in (seen.graph.nodes[index] for index in made):
        outer = outer_broadcast(seen.axes, node) if node.spot is not None else None
        if outer is not None and node is not drift.node and _is_spread(node, drift):
            return outer
    return None


def _is_spread(node: Node, drift: Drift) -> bool:
    """Whether a square is what a series of a carried value's length became."""
    longest = max(drift.old.shape, default=1)
    return node.shape == drift.node.shape and set(node.shape) == {longest} and longest > 1


def _spoils(seen: Seen, outer: Outer) -> bool:
    """Tell whether a ``column.T * row`` of the backward pass ruins all it flows into.

    An outer product of two values over the same things, where the forward pass has none.
    """
    node = outer.node
    if seen.forward is None or node.index in seen.forward or not outer_of_transposed(outer):
        return False
    wrong, right = seen.touched(node)
    return bool(wrong) and not right and seen.axes.same(outer.column_axis, outer.row_axis)


def outer_of_transposed(outer: Outer) -> bool:
    """Tell whether one of the operands is transposed in place and both are matrices."""
    values = (outer.column, outer.row)
    return all(len(v.shape) == 2 for v in values) and any(
        v.function is np.transpose for v in values
    )


def _written_so(outer: Outer) -> bool:
    """Whether the layout of an operand is spelled out: in place, or for both of them before."""
    spot = outer.node.spot
    assert spot is not None
    if any(says_layout(e) for e in operand_expressions(spot.node)):
        return True
    made = [origin(outer.column), origin(outer.row)]
    spelled = [m.spot is not None and _lays_out(m) for m in made]
    if all(spelled) or any(map(_is_coordinate, made)):
        return True
    bases = [
        m.args[0] if s and isinstance(m.args[0], Node) else m
        for m, s in zip(made, spelled, strict=True)
    ]
    return any(spelled) and origin(bases[0]) is origin(bases[1])


def _is_coordinate(made: Node) -> bool:
    """Whether a range of numbers was laid out as a column or a row where it was made."""
    base = made.args[0] if _lays_out(made) and made.args else None
    if not isinstance(base, Node) or not base.is_leaf or base.spot is None:
        return False
    place = base.spot.node
    called = getattr(place.func, "attr", "") if isinstance(place, ast.Call) else ""
    return called in ("linspace", "arange", "logspace", "geomspace")


def _lays_out(node: Node) -> bool:
    name = getattr(node.function, "__name__", "")
    if name == "getitem":
        index = node.args[1]
        return None in (index if isinstance(index, tuple) else (index,))
    return name in ("transpose", "reshape", "expand_dims", "swapaxes", "atleast_2d")


def _one_dimension(seen: Seen, outer: Outer) -> bool:
    """Whether column and row run over the same things: nothing else tells their axes apart.

    An axis of the model against an axis of the data is two dimensions of one length (centres and
    samples), and so are two axes that both meet other values of their own.
    """
    axes = seen.axes
    column, row = outer.column_axis, outer.row_axis
    if axes.same(column, row):
        return True
    if axes.classes.factors(column) or axes.classes.factors(row):
        return False
    sources = [axes.sources(axis) for axis in (column, row)]
    kinds = {
        any(node.index in seen.model for node, _ in found)
        for found in sources
        if not all(_is_blank(node) for node, _ in found)
    }
    return len(kinds) <= 1 and min(map(len, sources)) <= 1


def _is_blank(node: Node) -> bool:
    """Whether an array was made to be filled: zeros belong to data and model alike."""
    return node.value is None or not np.any(node.value)


def _meets_a_table(seen: Seen, outer: Outer, made_so: frozenset[int]) -> bool:
    """Whether the square is combined with a square of its own right: then it was wanted."""
    stack, done = [outer.node], set()
    while stack:
        node = stack.pop()
        for reader in seen.graph.readers[node.index]:
            if reader.index in done or reader.index > seen.end:
                continue
            done.add(reader.index)
            pair = operands(reader)
            if pair is not None and reader.shape == outer.node.shape:
                other = pair[0] if pair[1] is node else pair[1]
                if other.shape == outer.node.shape and other.index not in made_so:
                    return True
            if below(reader) is node or (pair is not None and reader.shape == outer.node.shape):
                stack.append(reader)
    return False
