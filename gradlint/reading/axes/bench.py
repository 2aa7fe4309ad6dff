"""The bench at which edits of a crash are proposed: what raised, the source, the values at hand.

It only looks; what may be written instead is said by those who work at it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Edit
from gradlint.reading.axes.crash import frame_values
from gradlint.reading.axes.written import plain_value, within
from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.reading.axes.crash import Crash
    from gradlint.reading.axes.scope import Seen

FAR = 7  # the size of an edit that only a gradient may prove


@struct
class Proposal:
    """Edits that may mend a crash.

    ``text`` is what stands there then, ``meaning`` what it says about the axes, ``size`` how far
    it is from what was written.  Where ``pairs``, all pairs of two series are made, which only the
    use of the result as a table can bear out.
    """

    edits: tuple[Edit, ...]
    text: str
    meaning: str
    size: int
    place: ast.AST
    pairs: bool = False


class Bench:
    """What the families work on: the crash, the source, and the values in the failing frame."""

    def __init__(self, seen: Seen, crash: Crash) -> None:
        self.seen, self.crash, self.file = seen, crash, crash.file
        self.values = frame_values(crash, seen)
        self.scope = self.file.function(crash.place) or self.file.tree
        self.numpy = next((k for k, v in self.values.items() if v is np), "np")

    def replaced(self, old: ast.AST, new: str, meaning: str, size: int) -> Proposal:
        """The failing expression with a part of it written otherwise."""
        edit = Edit(self.file.site(old), new)
        whole = self.crash.place if self.holds(old) else self.file.statement(old)
        text = new if old is whole else within(self.file, whole, old, new)
        return Proposal((edit,), text, meaning, size, old)

    def holds(self, part: ast.AST) -> bool:
        """Whether something stands within what raised."""
        return any(inner is part for inner in ast.walk(self.crash.place))

    def array(self, expression: ast.AST) -> np.ndarray | None:
        """The array an expression has in the failing frame, if it is a plain one."""
        for operand in self.crash.operands:
            if operand.expression is expression and isinstance(operand.value, np.ndarray):
                return operand.value
        found = plain_value(expression, self.values)
        return found if isinstance(found, np.ndarray) else None

    def number(self, expression: ast.AST) -> int | None:
        """The whole number an expression has in the failing frame, if it is a plain one."""
        if isinstance(expression, ast.Call) and getattr(expression.func, "id", "") == "len":
            owner = self.array(expression.args[0]) if expression.args else None
            return None if owner is None else len(owner)
        if isinstance(expression, ast.Subscript) and isinstance(expression.value, ast.Attribute):
            owner = self.array(expression.value.value)
            key = getattr(expression.slice, "value", None)
            if owner is None or expression.value.attr != "shape" or type(key) is not int:
                return None
            return int(owner.shape[key])
        if isinstance(expression, ast.Constant):
            return expression.value if type(expression.value) is int else None
        found = plain_value(expression, self.values)
        return int(found) if isinstance(found, int | np.integer) else None

    def sum_of(self, expression: ast.AST) -> int | None:
        """The whole number that a sum or difference of plain ones is."""
        if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add | ast.Sub):
            sides = self.sum_of(expression.left), self.sum_of(expression.right)
            if sides[0] is None or sides[1] is None:
                return None
            return sides[0] + sides[1] * (1 if isinstance(expression.op, ast.Add) else -1)
        return self.number(expression)
