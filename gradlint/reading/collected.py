"""Values that a program computes one at a time and gathers in one array.

A recurrent network writes the output of each time step into a row; a policy's decisions are put
upon each other once the episode is over.  The backward pass then works with the whole array, and
the derivative of one piece is a part of it.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.primitives import setitem
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.step import Step

_ROWS = (np.vstack, np.concatenate)  # a piece is one row, or as many as it has itself
_PLACES = (np.array, np.asarray, np.stack)  # a piece is one place of the first axis
_COPYING = (np.copy, np.array, np.asarray)
_STAGES = 4  # products with constants that may follow: advantages, discounts, 1/n


def pieces(array: Node) -> list[tuple[Node, Any]]:
    """What an array was gathered from: each value with the index of its part."""
    if array.function is setitem:
        return _written(array)
    if array.function not in (*_ROWS, *_PLACES) or not array.args:
        return []
    listed = array.args[0]
    if not isinstance(listed, (list, tuple)) or not all(isinstance(p, Node) for p in listed):
        return []
    if array.function in _PLACES:
        return [(piece, position) for position, piece in enumerate(listed)]
    found, row = [], 0
    for piece in listed:
        rows = 1 if len(piece.shape) < len(array.shape) else piece.shape[0]
        found.append((piece, slice(row, row + rows)))
        row += rows
    return found


def stored(value: Node) -> Node:
    """What a value is that was read from the place of an array that it had been written to."""
    inner = value
    while inner.function in _COPYING and isinstance(inner.args[0], Node):
        inner = inner.args[0]
    if inner.function is not operator.getitem or not isinstance(inner.args[0], Node):
        return value
    place = _place(inner.args[1])
    found = (piece for piece, index in pieces(inner.args[0]) if _place(index) == place)
    return next((piece for piece in found if piece.shape == value.shape), value)


def _place(index: Any) -> str:
    """An index in words: NumPy's integers are the same places as Python's."""
    parts = index if isinstance(index, tuple) else (index,)
    return repr([int(p) if isinstance(p, np.integer) else p for p in parts])


def _written(array: Node) -> list[tuple[Node, Any]]:
    """The values written one after the other into a buffer, each at a place of its own."""
    found: dict[str, tuple[Node, Any]] = {}
    node = array
    while node.function is setitem:
        base, index, value = node.args
        if not isinstance(value, Node) or isinstance(index, Node) or not isinstance(base, Node):
            return []
        found.setdefault(repr(index), (value, index))
        node = base
    return list(found.values())[::-1]


def scaled(step: Step, pieces_: list[Node]) -> Iterator[list[tuple[Node, Any]]]:
    """Arrays that hold all of the pieces, as gathered and then times one constant after another.

    Yields for each piece the array and the index of its part.  There may be several arrays, one for
    each episode.
    """
    arrays = [_gatherer(step, piece) for piece in pieces_]
    found = [each for each in arrays if each is not None]
    for _ in range(_STAGES):
        if len(found) < len(pieces_) or not _is_one_place([array for array, _ in found]):
            return
        yield found
        found = [(after, i) for array, i in found if (after := _times(step, array)) is not None]


def _gatherer(step: Step, piece: Node) -> tuple[Node, Any] | None:
    for reader in step.graph.readers[piece.index]:
        if reader.index in step.backward and reader.function is not setitem:
            for other, index in pieces(reader):
                if other is piece:
                    return reader, index
    return None


def _is_one_place(arrays: list[Node]) -> bool:
    return len({id(array.spot) for array in arrays}) == 1


def _times(step: Step, array: Node) -> Node | None:
    """The product of an array and of something that does not depend on the parameters."""
    for reader in step.graph.readers[array.index]:
        if reader.function not in (np.multiply, np.true_divide) or reader.shape != array.shape:
            continue
        others = [p for p in reader.parents if p is not array]
        if reader.index in step.backward and not any(p.index in step.dependent for p in others):
            return reader
    return None
