"""Axes with an identity: what the operations of a tape pair, and what the forward pass holds apart.

Every axis of every value that comes from outside starts as an unknown of its own.  The forward
pass unifies axes as it pairs them; the classes it ends with are the dimensions of the program.
What runs afterwards may only pair axes of one dimension: where it pairs two that the forward pass
holds apart, equal lengths alone let it run, and a :class:`Clash` is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.axes import moves as axes_moves  # noqa: F401  (states its rules)
from gradlint.reading.axes.classes import Axis, Classes
from gradlint.reading.axes.rules import Axes as AxesOf
from gradlint.reading.axes.rules import known_rule
from gradlint.reading.axes.slips import Dropped, dropped_axis
from gradlint.structs import struct
from gradlint.trace.tape import Node, Tape

if TYPE_CHECKING:
    from collections.abc import Collection

_MOST = 20_000  # operations; the studied step of anything larger is enough


@struct(eq=False)
class Clash:
    """An operation pairs two axes of one length that the forward pass holds apart."""

    node: Node
    one: int
    other: int
    where: str


class Axes:
    """The axes of all values on a tape.

    ``forward`` holds the indices of the values the objective is computed from; without it every
    operation is taken to be right.  What comes after ``settled`` (the next pass, measurements) may
    not unify older axes any more: it sees the parameters that a mistaken update has left.  Nothing
    younger than ``end`` is looked at.  Of a long tape the beginning is, and what begins ``again``.
    """

    def __init__(
        self,
        tape: Tape,
        forward: Collection[int] | None = None,
        settled: int | None = None,
        end: int | None = None,
        again: int = 0,
    ) -> None:
        self.tape = tape
        self.classes = Classes()
        self.parts: dict[int, list[AxesOf]] = {}
        self.table: dict[int, AxesOf] = {}
        self.leaves: dict[int, tuple[Node, int]] = {}  # an axis from outside: value and position
        self.clashes: list[Clash] = []
        self.agreed: list[Node] = []  # where axes of one dimension of the forward pass met
        self.dropped: list[Dropped] = []
        last = len(tape) - 1 if end is None else end
        self.last = min(last, max(_MOST, again + _MOST))
        self._boundary: int | None = None
        self._frozen: int | None = None
        settled = self.last if settled is None else settled
        chosen = range(self.last + 1) if forward is None else sorted(forward)
        for index in chosen:
            if index <= self.last and (index <= _MOST or index >= again):
                self._settle_in_order(index, settled)
        if forward is not None:
            self._boundary = len(self.classes)
            for index in range(self.last + 1):
                if index not in self.table:
                    self._settle_in_order(index, settled)

    # -- what rules ask ---------------------------------------------------------------------

    def of(self, value: Any) -> AxesOf:
        """Tell the axes of a value."""
        if isinstance(value, Node):
            found = self.table.get(value.index)
            if found is None:
                found = self.table[value.index] = self._unknown(value.shape)
            return found
        if isinstance(value, (int, float, complex, str, bytes, type(None), np.generic)):
            return ()
        try:
            shape = np.shape(value)
        except ValueError:  # a ragged list
            return ()
        return self._unknown(shape)

    def pair(self, node: Node, one: Axis, other: Axis, where: str) -> Axis:
        """Let two axes meet in an operation."""
        classes = self.classes
        if one is None or other is None:
            return other if one is None else one
        if classes.root(one) == classes.root(other):
            self._agree(node, one)
            return one
        if classes.size(one) != classes.size(other):
            return one
        if self._frozen is not None and max(map(classes.root, (one, other))) < self._frozen:
            return one
        if self._boundary is None or not (self.is_forward(one) and self.is_forward(other)):
            return classes.unite(one, other)
        if classes.same(one, other):
            return one
        if classes.is_unsure(one) or classes.is_unsure(other):
            return one
        if bool(classes.factors(one)) != bool(classes.factors(other)):
            return one
        self.clashes.append(Clash(node, classes.root(one), classes.root(other), where))
        return one

    def _agree(self, node: Node, axis: int) -> None:
        if self._boundary is not None and self.is_forward(axis):
            self.agreed.append(node)

    # -- what mistakes ask ------------------------------------------------------------------

    def is_forward(self, axis: Axis) -> bool:
        """Tell whether an axis belongs to a dimension of the forward pass."""
        if axis is None:
            return False
        if self._boundary is None or self.classes.root(axis) < self._boundary:
            return True
        factors = self.classes.factors(axis)
        return bool(factors) and all(map(self.is_forward, factors))

    def same(self, one: Axis, other: Axis) -> bool:
        """Tell whether two axes are one dimension."""
        return self.classes.same(one, other)

    def sources(self, axis: int) -> list[tuple[Node, int]]:
        """List the axes from outside that belong to a dimension, the oldest first."""
        root = self.classes.root(axis)
        return [place for leaf, place in self.leaves.items() if self.classes.root(leaf) == root]

    # -- one operation ----------------------------------------------------------------------

    def _settle_in_order(self, index: int, settled: int) -> None:
        if index > settled and self._frozen is None:
            self._frozen = len(self.classes)
        self._settle(self.tape.nodes[index])

    def _settle(self, node: Node) -> None:
        rule = known_rule(node.function)
        if node.is_leaf:
            self.table[node.index] = self._outside(node)
            return
        if rule is None:
            self.table[node.index] = self._unknown(node.shape)
            return
        slip = dropped_axis(self, node)
        if slip is not None:
            self.dropped.append(slip)
            self.table[node.index] = self.of(slip.whole)
            return
        try:
            axes = rule(self, node)
        except (IndexError, KeyError, TypeError, ValueError):
            axes = self._unknown(node.shape)
        self.table[node.index] = self._fitting(axes, node.shape)

    def _outside(self, node: Node) -> AxesOf:
        axes = []
        for position, size in enumerate(node.shape):
            axis = self.classes.fresh(size)
            if axis is not None:
                self.leaves[axis] = (node, position)
            axes.append(axis)
        return tuple(axes)

    def _unknown(self, shape: tuple[int, ...]) -> AxesOf:
        return tuple(self.classes.fresh(size, unsure=True) for size in shape)

    def _fitting(self, axes: AxesOf, shape: tuple[int, ...]) -> AxesOf:
        """Return the axes a rule gave, where they have the length that was recorded."""
        if len(axes) != len(shape):
            return self._unknown(shape)
        return tuple(
            axis if self.classes.size(axis) == size else self.classes.fresh(size, unsure=True)
            for axis, size in zip(axes, shape, strict=True)
        )
