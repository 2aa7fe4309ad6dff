"""Roles in a program that stops before it updates anything.

Where no update tells which value is whose gradient, the program's own words have to: an assertion
that two shapes are equal, and the names people give to derivatives (``dW1`` of ``W1``).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import Graph
from gradlint.reading.lineage import Lineage, Term, Update
from gradlint.reading.names import meant_by, plain
from gradlint.reading.step import Step
from gradlint.trace.primitives import leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.source.spots import SourceFile
    from gradlint.trace.tape import Node, Tape


def provisional_step(tape: Tape, file: SourceFile) -> Step | None:
    """A step made of the pairs that assertions and names give, or None if there are none."""
    names: dict[str, Node] = {}
    for node in tape.nodes:
        for name in node.names:
            names[name] = node
    for owner_attribute, node in ((f"self.{a}", n) for _, a, n in tape.held):
        names.setdefault(owner_attribute, node)
    graph = Graph(tape)
    pairs: dict[int, tuple[Node, Node]] = {}
    for one, other in [*_asserted(file, names), *_called(names)]:
        parameter, gradient = sorted((one, other), key=lambda n: n.index)
        if _is_pair(graph, parameter, gradient):
            pairs.setdefault(parameter.index, (parameter, gradient))
    if not pairs:
        return None
    lineages = []
    for parameter, gradient in pairs.values():
        new = tape.record(leaf, (), {}, np.array(parameter.value), None)
        lineages.append(Lineage([Update(parameter, new, 1.0, [Term(-1.0, gradient)])]))
    step = Step(Graph(tape), lineages)
    return step if step.parameters else None


def _asserted(file: SourceFile, names: dict[str, Node]) -> Iterator[tuple[Node, Node]]:
    """``assert dW.shape == W.shape``."""
    for node in ast.walk(file.tree):
        test = node.test if isinstance(node, ast.Assert) else None
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            continue
        sides = [test.left, test.comparators[0]]
        if isinstance(test.ops[0], ast.Eq) and all(_is_shape(s) for s in sides):
            texts = [file.text_of(s.value) for s in sides]  # type: ignore[attr-defined]
            if all(text in names for text in texts):
                yield names[texts[0]], names[texts[1]]


def _is_shape(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def _called(names: dict[str, Node]) -> Iterator[tuple[Node, Node]]:
    """``dW1`` beside ``W1``, in whatever container either of them lives."""
    known: dict[str, Node] = {}
    for name, node in names.items():
        known.setdefault(plain(name), node)
    for name, node in names.items():
        meant = meant_by(name)
        if meant in known:
            yield known[meant], node


def _is_pair(graph: Graph, parameter: Node, gradient: Node) -> bool:
    """A starting value that is read, and a later value that was computed from it."""
    if parameter.value is None or parameter is gradient:
        return False
    floats = all(n.dtype is not None and n.dtype.kind == "f" for n in (parameter, gradient))
    if not floats or any(not p.is_leaf and p.spot is None for p in parameter.parents):
        return False
    starts = not any(
        graph.nodes[i].names for i in graph.ancestors([parameter]) if i != parameter.index
    )
    return starts and bool(graph.readers[parameter.index])
