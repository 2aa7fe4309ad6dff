"""One number where a matrix is meant: the inner product of two vectors added to a square matrix.

``np.eye(2) - k.dot(h)`` and ``S += d @ d`` take one number from, or add it to, every element; with
vectors of the matrix' own length the outer product is what stands there in every textbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.slips import operands
from gradlint.reading.axes.text import operand_expressions, text_of
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen

_PRODUCTS = (np.dot, np.matmul, np.inner, np.vdot)
_SCALING = (np.multiply, np.true_divide, np.negative)
_STEPS = 12


@struct(eq=False)
class InnerForOuter:
    """``product`` is one number and is spread over ``matrix``; ``outer`` is what is meant."""

    product: Node
    matrix: Node
    outer: str


def inner_for_outer(seen: Seen) -> Iterator[InnerForOuter]:
    """Yield inner products that are added to a matrix which starts as zeros or the identity."""
    done = set()
    for node in seen.nodes:
        pair = operands(node) if node.function in (np.add, np.subtract) else None
        for matrix, number in () if pair is None else (pair, pair[::-1]):
            product = _product(number)
            if product is None or product.spot is None or id(product.spot) in done:
                continue
            size = product.args[0].shape[0]
            if size < 2 or matrix.shape != (size, size) or not _starts_square(matrix):
                continue
            done.add(id(product.spot))
            place = product.spot.node
            texts = [text_of(product.spot.file, e) for e in operand_expressions(place)]
            if len(texts) == 2:
                yield InnerForOuter(product, matrix, f"np.outer({texts[0]}, {texts[1]})")


def _product(number: Node) -> Node | None:
    """The product of two vectors that a number is, up to a scale."""
    for _ in range(_STEPS):
        if number.shape:
            return None
        if number.function in _PRODUCTS:
            shapes = [a.shape for a in number.args[:2] if isinstance(a, Node)]
            return number if len(shapes) == 2 and all(len(s) == 1 for s in shapes) else None
        inner = [p for p in number.parents if not p.is_leaf and not p.shape]
        if number.function not in _SCALING or len(inner) != 1:
            return None
        number = inner[0]
    return None


def _starts_square(matrix: Node) -> bool:
    """Whether a matrix is the identity, or was made from it or from zeros by adding."""
    for _ in range(_STEPS):
        if matrix.is_leaf:
            value = np.zeros(()) if matrix.value is None else np.asarray(matrix.value)
            empty = not np.any(value)
            return empty or bool(np.array_equal(value, np.eye(len(value)) * value.flat[0]))
        inner = [p for p in matrix.parents if p.shape == matrix.shape]
        if not inner or matrix.function not in (np.add, np.subtract, *_SCALING, np.copy):
            return False
        matrix = inner[0]
    return True
