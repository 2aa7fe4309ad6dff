"""GL108 operator-precedence."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradlint.case import Case, Experiment


class OperatorPrecedence:
    """``a * b.dot(c)`` groups as ``a * (b.dot(c))``; a minus covers one term of a sum; and it matters."""

    code = "GL108"
    name = "operator-precedence"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with other parentheses around the same operands."""
        for part, _ in case.parts():
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
                yield from self._chain(case, part)
            if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub)):
                yield from self._minus(case, part)

    def _chain(self, case: Case, part: ast.BinOp) -> Iterator[Experiment]:
        """The first operand belongs inside the chain of ``.dot`` calls that follows it."""
        calls: list[ast.Call] = []
        inner: ast.expr = part.right
        while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            if inner.func.attr != "dot":
                break
            calls.append(inner)
            inner = inner.func.value
            rest = "".join(f".dot({', '.join(map(ast.unparse, c.args))})" for c in reversed(calls))
            left = ast.unparse(part.left)
            text = f"({left} * {ast.unparse(inner)}){rest}"
            message = (
                f"`{case.text(part.left)} * …` multiplies the result of the whole `.dot` chain; "
                f"it belongs inside, next to `{case.text(inner)}`"
            )
            yield Experiment(message, 0.8, edits=((part, text),))

    def _minus(self, case: Case, part: ast.BinOp) -> Iterator[Experiment]:
        """``-a - b`` for ``-(a - b)``, and ``-a + b`` for ``-(a + b)``."""
        left = part.left
        if not (isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub)):
            return
        sign = "+" if isinstance(part.op, ast.Add) else "-"
        text = f"-({ast.unparse(left.operand)} {sign} {ast.unparse(part.right)})"
        message = f"the minus covers only `{case.text(left.operand)}`, not the whole sum"
        yield Experiment(message, 0.8, edits=((part, text),))
