"""GL308 wrong-operand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradlint.case import Case, Experiment


class WrongOperand:
    """A neighbouring layer's, time step's or variable's value is used."""

    code = "GL308"
    name = "wrong-operand"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with another value of the program in one place."""
        for part, node in case.parts():
            if isinstance(part, ast.Subscript):
                yield from self._index(case, part)
            if node is None or not isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)):
                continue
            if isinstance(part, ast.Attribute) and part.attr == "T":
                continue
            yield from self._named(case, part, node)

    def _named(self, case: Case, part: ast.expr, node: object) -> Iterator[Experiment]:
        text = case.text(part)
        dims = len(getattr(node, "shape", ()))
        for name, other in case.scene.names.items():
            if other is node or len(other.shape) != dims or not _usable(name):
                continue
            message = f"`{text}` is the wrong value here: `{name}` belongs in its place"
            yield Experiment(message, 1.6, edits=((part, name),))

    def _index(self, case: Case, part: ast.Subscript) -> Iterator[Experiment]:
        """An index that is off by one."""
        if isinstance(part.slice, (ast.Slice, ast.Tuple)):
            return
        base, index = ast.unparse(part.value), ast.unparse(part.slice)
        for shift in ("- 1", "+ 1", "- 2", "+ 2"):
            shifted = _simplified(f"{index} {shift}")
            message = f"`{case.text(part)}` is one off: `{base}[{shifted}]` belongs here"
            yield Experiment(message, 1.3, edits=((part, f"{base}[{shifted}]"),))


def _usable(name: str) -> bool:
    try:
        ast.parse(name, mode="eval")
    except SyntaxError:
        return False
    return True


def _simplified(text: str) -> str:
    """``k + 1 - 1`` is ``k``."""
    node = ast.parse(text, mode="eval").body
    base, total = node, 0
    while isinstance(base, ast.BinOp) and isinstance(base.op, (ast.Add, ast.Sub)):
        if not (isinstance(base.right, ast.Constant) and isinstance(base.right.value, int)):
            break
        total += base.right.value if isinstance(base.op, ast.Add) else -base.right.value
        base = base.left
    if isinstance(base, ast.Constant) and isinstance(base.value, int):
        return str(base.value + total)
    if isinstance(base, ast.UnaryOp) and isinstance(base.operand, ast.Constant):
        return str(-base.operand.value + total)  # type: ignore[operator]
    name = ast.unparse(base)
    return name if not total else f"{name} {'+' if total > 0 else '-'} {abs(total)}"
