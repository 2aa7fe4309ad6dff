"""Parameters that start as integers, ``b = 0``: these are no values of a tape."""

from __future__ import annotations

import ast

import numpy as np

from gradlint.trace.primitives import leaf
from gradlint.trace.tape import Node


def integer_before(node: Node) -> Node | None:
    """The integer that a name stood for before its first array, ``b`` in ``b = b - rate * db``.

    Integers are no values of the tape; this one stands before it.
    """
    statement = node.spot.statement if node.spot is not None else None
    target = getattr(statement, "target", None) or getattr(statement, "targets", [None])[0]
    if node.function not in (np.add, np.subtract) or not isinstance(target, ast.Name):
        return None
    if target.id not in node.names or type(node.args[0]) is not int:
        return None
    place = node.spot.node if node.spot is not None else None
    if isinstance(place, ast.BinOp) and ast.unparse(place.left) != target.id:
        return None
    before = Node(-1 - node.index, leaf, (), {}, node.args[0], node.spot, None, node.frame)
    before.names = [target.id]
    return before
