"""A mask that lacks an axis in the middle, and meets the wrong one from its front.

A mask of (batch, time, time) beside scores of (batch, heads, time, time) is lined up from the last
axis on: its batch meets the heads, and runs where there are as many.  So does a mask of (batch,
time), made of lengths, beside (batch, time, time).  This judges nothing else.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.layered import unlaid
from gradlint.reading.axes.slips import below, operands, origin
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen

_FEWEST = 3  # axes of a mask: two of them are a table that all may share, unless of lengths


@struct(eq=False)
class Shifted:
    """``mask`` meets ``whole`` in ``node``, one axis further back than it was made for."""

    node: Node
    mask: Node
    whole: Node


def shifted_masks(seen: Seen) -> Iterator[Shifted]:
    """Yield masks whose first axis meets the second axis of what they mask."""
    for node in seen.nodes:
        for mask, whole in _pairs(node):
            if node.spot is not None and _is_shifted(seen, mask, whole):
                yield Shifted(node, mask, whole)
                break


def _pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    if node.function is np.where and len(node.args) == 3:
        mask, *others = (a for a in node.args)
        if isinstance(mask, Node):
            yield from ((mask, other) for other in others if isinstance(other, Node))
        return
    pair = operands(node)
    if pair is not None:
        yield pair
        yield pair[::-1]


def _is_shifted(seen: Seen, mask: Node, whole: Node) -> bool:
    ndim = len(mask.shape)
    if ndim < 2 or len(whole.shape) != ndim + 1 or whole.shape[0] != whole.shape[1]:
        return False
    if ndim < _FEWEST and not _is_of_lengths(mask):
        return False
    if mask.shape[0] != whole.shape[1] or mask.shape[0] < 2 or not _is_mask(mask):
        return False
    heads = seen.names.given(seen.axes.of(whole)[1]) if ndim >= _FEWEST else ""
    return not heads or heads not in _words(seen, mask)


def _is_of_lengths(mask: Node) -> bool:
    """Whether a mask compares a range with one length for each row: how long each sequence is.

    Two ranges, or a range and what was computed, make a table that every sample may share.
    """
    node = mask
    while node.function not in _ORDERS:
        deeper = below(node)
        if deeper is None:
            return False
        node = deeper
    pair = operands(node)
    if pair is None or len(mask.shape) != 2:
        return False
    made = [origin(unlaid(value)) for value in pair]
    ranges = [_is_range(value) for value in made]
    lengths = [v for v, r in zip(made, ranges, strict=True) if not r]
    return len(lengths) == 1 and lengths[0].is_leaf and mask.shape[0] in lengths[0].shape


_ORDERS = (np.less, np.less_equal, np.greater, np.greater_equal)


def _is_range(value: Node) -> bool:
    numbers = None if value.value is None else np.asarray(value.value)
    if numbers is None or numbers.dtype.kind not in "iu":
        return False
    return np.array_equal(numbers.ravel(), np.arange(numbers.size))


def _words(seen: Seen, mask: Node) -> set[str]:
    """The names in the lines that made what a mask is made of."""
    nodes = (seen.graph.nodes[i] for i in seen.graph.ancestors([mask]))
    places = [n.spot.node for n in nodes if n.is_leaf and n.spot is not None]
    return {part.id for place in places for part in ast.walk(place) if isinstance(part, ast.Name)}


def _is_mask(node: Node) -> bool:
    """Whether a value says yes or no to each element, or adds nothing or a very negative number."""
    value = node.value
    if value is None:
        return False
    array = np.asarray(value)
    if array.dtype.kind == "b":
        return True
    return array.dtype.kind in "fiu" and bool(np.all((array == 0) | (array < -1e3)))
