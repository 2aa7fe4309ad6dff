"""Reads of an array that the writes before them have left alone.

``W[k] = W[k] - rate * (g + decay * W[k])`` in a loop over k reads each row as it was before the
loop, although the array has a new version by then.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from gradlint.trace.primitives import laid_out, setitem, window, write_view
from gradlint.trace.tape import Node

_LARGEST, _DEEPEST = 4096, 64  # entries of an array, and writes that are gone back


def is_of_a_part(reader: Node) -> bool:
    """Whether a value is read at some places that the source spells out."""
    return reader.function is operator.getitem and _is_plain(reader.args[1])


def is_left_alone(reader: Node, old: Node) -> bool:
    """Whether what is read of a version of an array is as it was in an ``old`` version of it."""
    if not is_of_a_part(reader):
        return False
    version, size = reader.args[0], int(np.prod(old.shape))
    if not 1 < size <= _LARGEST or version.shape != old.shape:
        return False
    places = np.arange(size).reshape(old.shape)
    read = np.zeros(size, dtype=bool)
    read[places[reader.args[1]]] = True
    for _ in range(_DEEPEST):
        if version is old:
            return True
        written = _written(version, places)
        if written is None or np.any(read[written]):
            return False
        version = version.args[0]
    return False


def is_among(written: Node, readers: list[Node]) -> bool:
    """Whether what a write changes is among what some reads saw of an older version."""
    places = np.arange(int(np.prod(written.shape))).reshape(written.shape)
    changed = _written(written, places) if places.size <= _LARGEST else None
    if changed is None:
        return False
    whole = [r for r in readers if r.args[0].shape == written.shape]
    return any(bool(np.isin(changed, places[r.args[1]]).any()) for r in whole)


def _written(version: Node, places: np.ndarray) -> np.ndarray | None:
    """The places that the last write into an array has changed; None if that is not known."""
    base = version.args[0] if version.args else None
    if not isinstance(base, Node) or base.shape != places.shape:
        return None
    if version.function is setitem and _is_plain(version.args[1]):
        return np.ravel(places[version.args[1]])
    if version.function is write_view:
        geometry = version.args[2]
        return np.ravel(window(laid_out(places, geometry.layout), geometry))
    return None


def _is_plain(index: Any) -> bool:
    """Whether an index is made of whole numbers and slices alone."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        (isinstance(p, (int, np.integer)) and not isinstance(p, bool)) or type(p) is slice
        for p in parts
    )
