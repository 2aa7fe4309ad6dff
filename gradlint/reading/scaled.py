"""What a value is a multiple of: the walk back through products and quotients with one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import is_scalar, number_of
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator


def multiples(node: Node) -> Iterator[Node]:
    """A value and, one after the other, what it is a multiple of: ``g`` of ``0.5 * g / n``."""
    yield node
    while (found := _scaled(node)) is not None:
        node = found[0]
        yield node


def unscaled(node: Node) -> Node:
    """A value without learning rates, sizes and other single numbers it is scaled by."""
    *_, inner = multiples(node)
    return inner


def multiplied(node: Node) -> tuple[Node, float] | None:
    """What a product or a quotient is one number times, with that number."""
    found = _scaled(node)
    if found is None:
        return None
    inner, number = found
    factor = number_of(number)
    if node.function is np.true_divide:
        factor = 1.0 / factor if factor else 0.0
    return inner, factor


def _scaled(node: Node) -> tuple[Node, Any] | None:
    if node.function not in (np.multiply, np.true_divide):
        return None
    left, right = node.args[:2]
    pairs = [(left, right)] if node.function is np.true_divide else [(left, right), (right, left)]
    scaled = [(a, b) for a, b in pairs if isinstance(a, Node) and is_scalar(b)]
    # Of two single numbers the one in an array, or else the one that was computed.
    return max(scaled, key=lambda pair: _likelihood(pair[0], node), default=None)


def _likelihood(inner: Node, product: Node) -> tuple[object, ...]:
    return (inner.shape == product.shape, len(inner.shape), not inner.is_leaf, inner.index)
