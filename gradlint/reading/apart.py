"""Reads of an array that the writes before them have left alone.

``W[k] = W[k] - rate * (g + decay * W[k])`` in a loop over k reads each row as it was before the
loop, although the array has a new version by then.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.graph import carried
from gradlint.trace.primitives import Geometry, laid_out, setitem, view, window, write_view
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.graph import Graph

_LARGEST, _DEEPEST = 4096, 64  # entries of an array, and writes that are gone back


def reads_of(graph: Graph, version: Node) -> Iterator[Node]:
    """What reads a version of an array: of ``P[i][k]`` the last subscript.

    A row that is only looked into further, or written into, is no read of its own.
    """
    for reader in graph.readers[version.index]:
        if _is_looked_into(graph, reader):
            yield from reads_of(graph, reader)
        elif reader.function is not setitem or reader.args[0] is not version:
            yield reader


def _is_looked_into(graph: Graph, part: Node) -> bool:
    """Whether a part of an array is there for a further subscript alone."""
    if not _looks_into(part):
        return False
    readers = graph.readers[part.index]
    return bool(readers) and all(
        r.args[0] is part and (_looks_into(r) or r.function is setitem) for r in readers
    )


def _looks_into(value: Node) -> bool:
    """Whether a value is a part or a turned view of one array."""
    return value.function in (view, np.transpose) or is_of_a_part(value)


def is_of_a_part(reader: Node) -> bool:
    """Whether a value is read at some places that the source spells out."""
    return reader.function is operator.getitem and _index(reader.args[1]) is not None


def is_left_alone(reader: Node, old: Node) -> bool:
    """Whether what is read of a version of an array is as it was in an ``old`` version of it."""
    before, version = _buffer(old), _buffer(reader)
    places = _places(before)
    if not is_of_a_part(reader) or not 1 < places.size <= _LARGEST:
        return False
    seen = _seen(reader, places)
    if seen is None:
        return False
    read = np.zeros(places.size, dtype=bool)
    read[seen] = True
    for _ in range(_DEEPEST):
        if version is before:
            return True
        written = _written(version, places)
        if written is None or np.any(read[written]):
            return False
        version = version.args[0]
    return False


def is_among(written: Node, readers: list[Node]) -> bool:
    """Whether what a write changes is among what some reads saw of an older version."""
    version = _buffer(written)
    places = _places(version)
    changed = _written(version, places) if places.size <= _LARGEST else None
    if changed is None:
        return False
    seen = (_seen(reader, places) for reader in readers)
    return any(s is not None and bool(np.isin(changed, s).any()) for s in seen)


def is_rewritten(version: Node, old: Node) -> bool:
    """Whether every entry of an array was written anew, one after the other, by none of its own."""
    places, last = _places(old), version
    if not 1 < places.size <= _LARGEST:
        return False
    left = np.ones(places.size, dtype=bool)
    while version is not old:
        written = _written(version, places)
        if written is None or version.function is not setitem or _is_of(version.args[2], old, last):
            return False
        left[written] = False
        version = version.args[0]
    return not left.any()


def _is_of(value: object, old: Node, last: Node) -> bool:
    """Whether a value goes on from the entries of some version of an array."""
    stack, seen = [value] if isinstance(value, Node) else [], set[int]()
    while stack:
        node = stack.pop()
        if node.index in seen or not old.index <= node.index <= last.index:
            continue
        seen.add(node.index)
        base = node.args[0] if is_of_a_part(node) else None
        while isinstance(base, Node) and base.function is setitem:
            base = base.args[0]
        if base is old:
            return True
        stack += carried(node)
    return False


def _buffer(part: Node) -> Node:
    """The version of an array that a part or a turned view of it looks into."""
    while _looks_into(part) and isinstance(part.args[0], Node):
        part = part.args[0]
    return part


def _places(version: Node) -> np.ndarray:
    return np.arange(int(np.prod(version.shape))).reshape(version.shape)


def _seen(part: Node, places: np.ndarray) -> np.ndarray | None:
    """The places of its buffer that a value looks at; None if that is not known."""
    if _buffer(part) is part:
        return places if part.shape == places.shape else None
    within = _seen(part.args[0], places)
    if within is None or part.kwargs:
        return None
    if part.function is view:
        return _seen_by(part.args[1], within)
    if part.function is operator.getitem:
        return np.asarray(within[_index(part.args[1])])
    seen: np.ndarray = part.function(within, *part.args[1:])
    return seen


def _seen_by(geometry: Geometry, places: np.ndarray) -> np.ndarray:
    """The places of a buffer that a view of it looks at."""
    return window(laid_out(places, geometry.layout), geometry)


def _written(version: Node, places: np.ndarray) -> np.ndarray | None:
    """The places that the last write into an array has changed; None if that is not known."""
    base = version.args[0] if version.args else None
    if not isinstance(base, Node) or base.shape != places.shape:
        return None
    if version.function is setitem:
        index = _index(version.args[1])
        return None if index is None else np.ravel(places[index])
    if version.function is write_view:
        seen, into = _seen_by(version.args[2], places), version.args[1]
        index = _index(into.args[1]) if into.function is setitem else None
        return np.ravel(seen if index is None else seen[index])
    return None


def _index(index: Any) -> Any:
    """An index of whole numbers and slices as it was in the run; None if it is another kind."""
    if isinstance(index, tuple):
        parts = tuple(map(_index, index))
        return None if any(part is None for part in parts) else parts
    if isinstance(index, Node):  # taken out of data: ``for i, j in zip(*np.nonzero(seen))``
        whole = index.shape == () and index.dtype is not None and index.dtype.kind in "iu"
        return int(index.value) if whole and index.value is not None else None
    whole = isinstance(index, (int, np.integer)) and not isinstance(index, bool)
    return index if whole or type(index) is slice else None
