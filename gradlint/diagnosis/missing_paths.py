"""Terms that may be missing from a sum of paths, written in the names around a line.

A path back through a matrix product is a product again, of a value of the backward pass and one of
the forward pass; which of them is missing follows from what makes the gradients right.
"""

from __future__ import annotations

import ast
import re
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.layers import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.trace.tape import Node

Edits = tuple[tuple[ast.expr, str], ...]
_MOST = 14  # values of each kind that are tried
_FLAT, _MATRIX, _STACK = 1, 2, 3  # dimensions


def with_path(case: Case) -> Iterator[tuple[str, Edits]]:
    """The term that is added, and the line with it."""
    if case.root is None:
        return
    text = ast.unparse(case.root)
    for term in dict.fromkeys([*_products(case), *_other_axes(case)]):
        yield term, ((case.root, f"{text} + {term}"),)
    yield from _mirrored(case)
    yield from _summands(case)


def _products(case: Case) -> Iterator[str]:
    """Products of a value of the backward pass and one of the forward pass, in the right shape."""
    arrays = [(n, t) for n, t in reversed(case.called.items()) if _is_factor(n, t)]
    scalars = [(n, t) for n, t in case.called.items() if not n.shape and _flows_back(case, n)]
    back = [(n, t) for n, t in arrays if _flows_back(case, n) and n is not case.node][:_MOST]
    given = [(n, t) for n, t in arrays if not _is_made_backwards(case, n)]
    for one, two in product(back, given[: 2 * _MOST]):
        yield from _product(case, one, two)
    for (_, name), (node, other) in product(scalars[:_MOST], given[: 2 * _MOST]):
        if node.shape == case.node.shape:
            yield f"{name} * {other}"


def _is_made_backwards(case: Case, node: Node) -> bool:
    """Whether a value follows from the parameters, and not in the forward pass."""
    return node.index in case.step.dependent and node.index not in case.diagnosis.forward


def _flows_back(case: Case, node: Node) -> bool:
    """Whether a value may carry a gradient; one that was forgotten is used by nothing."""
    return _is_made_backwards(case, node) and not case.is_total(node)


def _is_factor(node: Node, text: str) -> bool:
    """Whether a value may be a factor of a matrix product, and is not written as a transpose."""
    flat = set(node.shape) == {1}
    return 0 < len(node.shape) <= _STACK and not flat and not text.endswith(".T")


def _product(case: Case, one: tuple[Node, str], two: tuple[Node, str]) -> Iterator[str]:
    """The products of two values that have the line's shape, as outer or as matrix products."""
    shape = case.node.shape
    if len(shape) != _MATRIX or not len(one[0].shape) == len(two[0].shape) == _FLAT:
        yield from _matrix_products(case, one, two)
        return
    for (first, left), (second, right) in ((one, two), (two, one)):
        if shape == first.shape + second.shape:
            yield f"np.outer({left}, {right})"


def _matrix_products(case: Case, one: tuple[Node, str], two: tuple[Node, str]) -> Iterator[str]:
    for (a, left), (b, right) in ((one, two), (two, one)):
        for turned_a in (False, True) if len(a.shape) == _MATRIX else (False,):
            for turned_b in (False, True) if len(b.shape) == _MATRIX else (False,):
                first = a.shape[::-1] if turned_a else a.shape
                second = b.shape[::-1] if turned_b else b.shape
                if _multiplied(first, second) == case.node.shape:
                    yield written(case, left + ".T" * turned_a, right + ".T" * turned_b)


def _multiplied(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of a matrix product, of stacks of matrices too; None if there is none."""
    inner = second[0] if len(second) == _FLAT else second[-2]
    if first[-1] != inner:
        return None
    if len(second) <= _MATRIX:
        return first[:-1] + second[1:]
    return None if first[:-2] not in ((), second[:-2]) else second[:-2] + first[-2:-1] + second[-1:]


def written(case: Case, left: str, right: str) -> str:
    """A matrix product the way the lines around write it."""
    spot = case.node.spot
    text = spot.file.text if spot is not None else ""
    if case.root is not None and "@" not in ast.unparse(case.root):
        if re.search(r"\bnp\.dot\(", text) and "@" not in text:
            return f"np.dot({left}, {right})"
        if ".dot(" in text and "@" not in text:
            return f"{left}.dot({right})"
    return f"{left} @ {right}"


def _other_axes(case: Case) -> Iterator[str]:
    """The same reduction along the other axis."""
    root = case.root
    if isinstance(root, ast.Call):
        for keyword in root.keywords:
            if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
                other = {0: "1", 1: "0"}.get(keyword.value.value)  # type: ignore[arg-type]
                if other is not None:
                    yield re.sub(r"axis=\d", f"axis={other}", ast.unparse(root))


def _mirrored(case: Case) -> Iterator[tuple[str, Edits]]:
    """A square matrix and its transpose: both of its indices run over the same things."""
    carriers = {n.index for n in case.diagnosis.carriers}
    for part, node in case.parts():
        square = node is not None and len(node.shape) == _MATRIX and len(set(node.shape)) == 1
        if square and node is not None and node.index in carriers and isinstance(part, ast.Name):
            yield f"{part.id}.T", ((part, f"({part.id} + {part.id}.T)"),)


def _summands(case: Case) -> Iterator[tuple[str, Edits]]:
    """What the forward pass added to a value before it went on, and the line has not added."""
    back = {n.index for n in case.diagnosis.carriers}
    parts = {n.shape for _, n in case.parts() if n is not None and n.index not in back}
    for other, name in case.called.items():
        for reader in case.step.graph.readers[other.index]:
            if reader.function is not np.add or reader.index not in case.diagnosis.forward:
                continue
            for node in reader.parents:
                if node is other or node.shape not in parts:
                    continue
                for part in places(case, node):
                    yield name, ((part, f"({ast.unparse(part)} + {name})"),)
