"""Positions along one axis of a table that pick from an array which runs along the other one.

``y[np.argsort(d, axis=0)[:, :3]]`` for the nearest of each row: the positions are rows of ``d``,
and ``y`` has an entry for each of its columns.  Nothing complains as long as they are fewer.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.layered import statistic
from gradlint.reading.axes.rules import argument
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen

_POSITIONS = {np.argsort: -1, np.argpartition: -1, np.argmin: None, np.argmax: None}
_CHANCE = 6  # entries that an array may have by chance


@struct(eq=False)
class Elsewhere:
    """``found`` holds positions along ``axis`` of ``table``; ``array`` runs along the other one."""

    found: Node
    table: Node
    axis: int
    array: Node


def positions_elsewhere(seen: Seen) -> Iterator[Elsewhere]:
    """Yield positions that pick from an array of the other axis' length, at least twice theirs."""
    for node in seen.nodes:
        if node.function is not operator.getitem or not isinstance(node.args[0], Node):
            continue
        array, index = node.args[:2]
        first = index[0] if isinstance(index, tuple) and index else index
        found = statistic(first, _POSITIONS.keys()) if _counts(first) else None
        table, axis = (None, None) if found is None else _along(found)
        if found is None or table is None or axis is None or not array.shape:
            continue
        own, other = table.shape[axis], table.shape[1 - axis]
        if array.shape[0] == other >= max(2 * own, _CHANCE):
            yield Elsewhere(found, table, axis, array)


def _along(found: Node) -> tuple[Node | None, int | None]:
    """The table that positions were found in, and the axis along which they count."""
    table = found.args[0]
    if not isinstance(table, Node) or len(table.shape) != 2:
        return None, None
    given = argument(found, 2 if found.function is np.argpartition else 1, "axis")
    axis = _POSITIONS[found.function] if given is None else given
    return table, axis % 2 if type(axis) is int else None


def _counts(index: object) -> bool:
    """Whether an index is made of whole numbers: a mask picks by its place."""
    value = index.value if isinstance(index, Node) else None
    return value is not None and np.asarray(value).dtype.kind in "iu"
