"""What people call a dimension: the variable that holds its length, its role, or a letter."""

from __future__ import annotations

import ast
from string import ascii_lowercase
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Array
from gradlint.reading.axes.layered import unturned
from gradlint.reading.axes.text import (
    reshape_sizes,
    shape_reading,
    size_expressions,
    size_name,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.reading.axes.classes import Axis
    from gradlint.reading.axes.dimensions import Axes
    from gradlint.source.spots import Spot
    from gradlint.trace.tape import Node


class DimensionNames:
    """The names of the dimensions of one tape."""

    def __init__(self, axes: Axes, parameters: Iterable[Node] = ()) -> None:
        self.axes = axes
        self.tape = axes.tape
        self._names: dict[int, str] = {}
        self._taken: dict[str, int] = {}
        self._origins: dict[int, str] = {}
        self._merged: dict[int, list[str]] = {}  # further names of one dimension
        self._letters = iter(ascii_lowercase)
        self._lettered: set[int] = set()
        self._named: dict[str, list[Node]] = {}
        for node in self.tape.nodes[: axes.last + 1]:
            for name in node.names:
                self._named.setdefault(name, []).append(node)
        self._from_readings()
        self._from_creation()
        self._from_reshapes()
        self._from_lengths()
        self._from_roles({p.index for p in parameters})

    def of(self, axis: Axis) -> str:
        """Return the name of a dimension; an axis of length 1 has none."""
        if axis is None:
            return ""
        root = self.axes.classes.root(axis)
        found = self._names.get(root)
        if found is not None:
            return found
        factors = self.axes.classes.factors(axis)
        if factors:
            return "·".join(map(self.of, factors))
        self._lettered.add(root)
        self._claim(root, next(self._letters, f"axis{root}"))
        return self._names[root]

    def given(self, axis: Axis) -> str:
        """Return the name that the program itself gives to a length, or nothing."""
        name = self.of(axis)
        if axis is None or self.axes.classes.root(axis) in self._lettered:
            return ""
        return name.partition("#")[0]

    def shape(self, node: Node, *, merged: bool = False) -> str:
        """Return a shape with its named axes: ``(hidden=4, in=3)``.

        Where ``merged``, a dimension that the program gave several names shows all of them.
        """
        return Array("", self.extents(node, merged=merged)).shape

    def extents(self, node: Node, *, merged: bool = False) -> tuple[tuple[str, int], ...]:
        """Return the name and the length of each axis of a value."""
        pairs = zip(self.axes.of(node), node.shape, strict=True)
        return tuple((self._called(axis, merged=merged), size) for axis, size in pairs)

    def _called(self, axis: Axis, *, merged: bool) -> str:
        found = self.of(axis)
        if not merged or axis is None:
            return found
        return "=".join([found, *self._merged.get(self.axes.classes.root(axis), ())])

    def origin(self, axis: Axis) -> str:
        """Return where the length of a dimension comes from, with its line."""
        if axis is None:
            return ""
        root = self.axes.classes.root(axis)
        said = self._origins.get(root)
        if said is not None:
            return said
        for node, position in self.axes.sources(root):
            if node.spot is not None:
                return f"axis {position} of `{self._label(node)}`, line {node.spot.row}"
        return ""

    def _label(self, node: Node) -> str:
        if node.names:
            return node.names[0]
        if node.spot is None:
            return "?"
        targets = getattr(node.spot.statement, "targets", None)
        if targets and not isinstance(targets[0], ast.Tuple) and _is_the_value(node.spot):
            return text_of(node.spot.file, targets[0])
        return text_of(node.spot.file, node.spot.node)

    # -- where names come from --------------------------------------------------------------

    def _claim(self, root: int, name: str, origin: str | None = None) -> None:
        if root in self._names:
            known = self._merged.setdefault(root, [])
            if name not in (self._names[root].partition("#")[0], *known):
                known.append(name)
            return
        count = self._taken.get(name, 0) + 1
        self._taken[name] = count
        self._names[root] = name if count == 1 else f"{name}#{count}"
        if origin is not None:
            self._origins[root] = origin

    def _from_readings(self) -> None:
        """``m = X.shape[1]`` says what the axis is called."""
        for name, (size, spot) in self.tape.integers.items():
            reading = shape_reading(spot.node)
            if reading is None:
                continue
            for node in self._named.get(reading[0], ()):
                axes = self.axes.of(node)
                if len(axes) > reading[1] and node.shape[reading[1]] == size:
                    axis = axes[reading[1]]
                    if axis is not None:
                        where = f"`{name}`, line {spot.row}"
                        self._claim(self.axes.classes.root(axis), _plain(name), where)
                    break

    def _from_creation(self) -> None:
        """``np.zeros((hidden, 1))`` says what its axes are called."""
        for axis, (node, position) in self.axes.leaves.items():
            if node.spot is None:
                continue
            sizes = size_expressions(node.spot.node, len(node.shape))
            name = size_name(sizes[position]) if sizes else None
            if name is not None:
                known = self.tape.integers.get(name)
                where = None if known is None else f"`{name}`, line {known[1].row}"
                self._claim(self.axes.classes.root(axis), name, where)

    def _from_reshapes(self) -> None:
        """``a.reshape(B, T, heads, size)`` says what the axes it makes are called."""
        for node in self.tape.nodes[: self.axes.last + 1]:
            if node.function is not np.reshape or node.spot is None:
                continue
            sizes = reshape_sizes(node.spot.node)
            if len(sizes) != len(node.shape):
                continue
            for axis, expression in zip(self.axes.of(node), sizes, strict=True):
                name = size_name(expression)
                if axis is not None and name is not None and not self.axes.classes.factors(axis):
                    self._claim(self.axes.classes.root(axis), name)

    def _from_lengths(self) -> None:
        """Return a named integer that equals the length of one nameless dimension only."""
        roots = {self.axes.classes.root(axis) for axis in self.axes.leaves}
        nameless = [root for root in roots if root not in self._names]
        for name, (size, spot) in self.tape.integers.items():
            plain = _plain(name)
            fitting = [root for root in nameless if self.axes.classes.size(root) == size]
            counts = shape_reading(spot.node) is not None or _counts(plain)
            if counts and len(fitting) == 1 and plain not in self._taken and size > 1:
                self._claim(fitting[0], plain, f"`{name}`, line {spot.row}")

    def _from_roles(self, parameters: set[int]) -> None:
        """Call what the first product of data and parameter contracts features, the rest batch."""
        products = [
            node
            for node in self.tape.nodes[: self.axes.last + 1]
            if node.function in (np.matmul, np.dot)
            and any(unturned(p)[0].index in parameters for p in node.parents)
        ]
        if not products:
            return
        first = products[0]
        data = next((p for p in first.parents if unturned(p)[0].index not in parameters), None)
        weights = next(p for p in first.parents if unturned(p)[0].index in parameters)
        if data is None:
            return
        ours, theirs = self.axes.of(data), self.axes.of(weights)
        for axis in ours:
            shared = any(self.axes.same(axis, other) for other in theirs)
            if axis is not None:
                self._claim(self.axes.classes.root(axis), "features" if shared else "batch")


def _plain(name: str) -> str:
    return name.rpartition(".")[2]


def _is_the_value(spot: Spot) -> bool:
    """Whether what a statement assigns is an array, or that array scaled and shifted."""
    above = spot.file.parents.get(spot.node)
    while isinstance(above, ast.BinOp | ast.UnaryOp) and not isinstance(above.op, ast.MatMult):
        above = spot.file.parents.get(above)
    return above is spot.statement


def _counts(name: str) -> bool:
    """Tell whether a name looks like a number of things rather than of repetitions."""
    lowered = name.lower()
    return not any(word in lowered for word in ("epoch", "iter", "step", "seed", "it", "round"))
