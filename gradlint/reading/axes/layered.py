"""What a value was made of, seen through the steps that only lay it out or scale it.

Judges nothing; those who compare statistics of one array ask it.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.axes.slips import REDUCTIONS, below
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Collection

_LAYOUT = {
    np.reshape,
    np.squeeze,
    np.expand_dims,
    np.transpose,
    np.ravel,
    np.copy,
    operator.getitem,
}
_DEPTH = 16


def statistic(value: object, functions: Collection[object] = REDUCTIONS) -> Node | None:
    """The reduction that a value is, up to a small number, a root and its layout."""
    for _ in range(_DEPTH):
        if not isinstance(value, Node) or value.is_leaf:
            return None
        if value.function in functions:
            return value
        laid_out = value.function in _LAYOUT and value.args and isinstance(value.args[0], Node)
        value = value.args[0] if laid_out else below(value)
    return None


def unturned(value: Node) -> tuple[Node, bool]:
    """A value before it was transposed as a whole, and whether it was."""
    turned = False
    while (
        value.function is np.transpose and len(value.args) == 1 and isinstance(value.args[0], Node)
    ):
        value, turned = value.args[0], not turned
    return value, turned


def unlaid(value: Node) -> Node:
    """A value before it was laid out as a column, a row or a transpose."""
    while value.function in _LAYOUT and value.args and isinstance(value.args[0], Node):
        if value.size != value.args[0].size:
            return value
        value = value.args[0]
    return value
