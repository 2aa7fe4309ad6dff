"""Whether a square of all pairs is used as the table that it is, or only as so many numbers.

A mean or a deviation over everything takes a table as it takes a series, and speaks against it; a
product, a sum along one axis or a lookup in two axes works on tables alone.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.rules import argument
from gradlint.reading.axes.slips import operands
from gradlint.reading.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Collection

    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node

_PRODUCTS = {np.matmul, np.dot, np.einsum, np.tensordot}


def serves_as_table(recording: Recording, rows: Collection[int]) -> bool:
    """Whether all pairs of some rows are worked on as a table later on, or by nothing at all."""
    graph = Graph(recording.tape)
    made = [
        node
        for node in recording.tape.nodes
        if node.spot is not None
        and node.spot.row in rows
        and len(node.shape) == 2
        and min(node.shape) > 1
        and any(p.shape and p.shape != node.shape for p in node.parents)
    ]
    return any(_is_used(graph, node) for node in made)


def _is_used(graph: Graph, table: Node) -> bool:
    stack, done = [table], {table.index}
    collapsed = False
    while stack:
        node = stack.pop()
        for reader in graph.readers[node.index]:
            if _works_on_a_table(reader, node, done):
                return True
            collapsed = collapsed or reader.shape == ()
            if reader.shape == table.shape and reader.index not in done:
                done.add(reader.index)
                stack.append(reader)
    return not collapsed


def _works_on_a_table(reader: Node, table: Node, made: Collection[int]) -> bool:
    function = reader.function
    if function in _PRODUCTS or function is np.transpose:
        return True
    if getattr(function, "__module__", "").startswith("numpy.linalg") and reader.shape:
        return True
    if function is operator.getitem:
        return isinstance(reader.args[1], tuple)
    pair = operands(reader)
    if pair is not None:
        return any(p.index not in made and p.shape == table.shape for p in pair)
    return isinstance(argument(reader, 1, "axis"), int) and not isinstance(function, np.ufunc)
