"""Two slips about a square table: a quadratic form by elements, and a row in a column's place.

``w * C @ w`` squares the weights where ``w @ C @ w`` is a variance, and ``s + s - 2 * X @ X.T``
takes twice the norm of one point where the norms of both belong: equal shapes let both pass.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.layered import statistic, unturned
from gradlint.reading.axes.slips import below, is_symmetric, operands, origin
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen

_PRODUCTS = {np.matmul, np.dot}
_NORMS = {np.sum, np.einsum}


@struct(eq=False)
class SquaredWeights:
    """``scaled`` multiplies a symmetric ``table`` by ``weights`` that ``whole`` takes once more."""

    scaled: Node
    weights: Node
    table: Node
    whole: Node


def squared_weights(seen: Seen) -> Iterator[SquaredWeights]:
    """Yield quadratic forms whose one product is element by element."""
    for node in seen.nodes:
        for scaled, weights in _pairs(node):
            if scaled.function is not np.multiply:
                continue
            inner = operands(scaled)
            for table, other in () if inner is None else (inner, inner[::-1]):
                square = len(table.shape) == 2 and table.shape[0] == table.shape[1] > 1
                if square and unturned(other)[0] is weights and _is_form(table):
                    yield SquaredWeights(scaled, weights, table, node)


def _pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    """(Product, vector) where a table meets a vector once more."""
    pair = operands(node) if node.function is np.multiply else None
    if node.function in _PRODUCTS and all(isinstance(a, Node) for a in node.args[:2]):
        pair = node.args[0], node.args[1]
    for one, other in () if pair is None else (pair, pair[::-1]):
        vector = unturned(other)[0]
        if len(vector.shape) == 1 and len(one.shape) == 2:
            yield one, vector


def _is_form(table: Node) -> bool:
    """Whether a table is symmetric and more than its diagonal."""
    if table.value is None or not is_symmetric(table.value, 0, 1):
        return False
    value = np.asarray(table.value)
    return bool(np.any(value - np.diag(np.diag(value))))


@struct(eq=False)
class NormsInRows:
    """``total`` adds the norms of two tables row by row, where ``product`` pairs all of them."""

    total: Node
    product: Node


def norms_in_rows(seen: Seen) -> Iterator[NormsInRows]:
    """Yield sums of squared norms that meet the product of their tables along one axis only."""
    for node in seen.nodes:
        pair = operands(node)
        if pair is None or len(node.shape) != 2:
            continue
        for row, table in (pair, pair[::-1]):
            product = origin(table)
            if (
                len(row.shape) != 1
                or table.shape != node.shape
                or product.function not in _PRODUCTS
            ):
                continue
            total = _sum_of_norms(row)
            if total is not None and _tables(total) == _factors(product):
                yield NormsInRows(total, product)


def _sum_of_norms(row: Node) -> Node | None:
    node: Node | None = row
    while node is not None and node.function is not np.add:
        node = below(node)
    return node if node is not None and operands(node) is not None else None


def _tables(total: Node) -> tuple[int, ...]:
    """The tables of whose rows a sum adds the norms."""
    found = []
    for summand in total.args:
        norm = statistic(summand, _NORMS)
        if norm is not None and norm.function is np.sum and isinstance(norm.args[0], Node):
            found.append(origin(norm.args[0]).index)
    return tuple(found) if len(found) == 2 else (-1,)


def _factors(product: Node) -> tuple[int, ...]:
    """The tables whose rows a product pairs: ``A @ B.T``."""
    if not all(isinstance(a, Node) for a in product.args[:2]):
        return ()
    (left, first), (right, second) = (unturned(origin(a)) for a in product.args[:2])
    return () if first or not second else (origin(left).index, origin(right).index)


def filled_rows(seen: Seen) -> Iterator[tuple[Node, Node, Node]]:
    """Yield (statistic, its table, target) where one number fills a row of what has columns.

    The mean of all elements of some rows is stored into a row over the same columns.
    """
    for node in seen.nodes:
        if getattr(node.function, "__name__", "") != "setitem" or len(node.args) != 3:
            continue
        target, index, number = node.args
        table = _all_of_some_rows(number)
        if table is None or not isinstance(target, Node) or not _is_one_row(index):
            continue
        columns, theirs = seen.axes.of(table)[1], seen.axes.of(target)
        if len(theirs) == 2 and columns is not None and seen.axes.same(columns, theirs[1]):
            yield number, table, target


def _all_of_some_rows(number: object) -> Node | None:
    """The rows, selected from a table, of whose elements a value is one statistic."""
    if not isinstance(number, Node) or number.shape:
        return None
    if number.function not in (np.mean, np.median, np.std, np.var):
        return None
    table = number.args[0]
    selected = isinstance(table, Node) and table.function is operator.getitem
    return table if selected and len(table.shape) == 2 else None


def _is_one_row(index: object) -> bool:
    first = index[0] if isinstance(index, tuple) and index else index
    return isinstance(first.value if isinstance(first, Node) else first, int | np.integer)
