"""GL306 product-kind."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradlint.case import Case, Experiment

_WORDS = {"*": "elementwise product", "@": "matrix product", "outer": "outer product"}


class ProductKind:
    """``*``, ``dot``/``@`` and the outer product are confused."""

    code = "GL306"
    name = "product-kind"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with another kind of product between the same operands."""
        for part, _ in case.parts():
            found = _factors(part)
            if found is None:
                continue
            kind, left, right = found
            for other, text in _written(left, right):
                if other == kind:
                    continue
                message = (
                    f"`{case.text(part)}` is the {_WORDS[kind]}; the {_WORDS[other]} belongs here"
                )
                yield Experiment(message, 1.2, edits=((part, text),))


def _factors(part: ast.expr) -> tuple[str, ast.expr, ast.expr] | None:
    if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.MatMult)):
        return ("*" if isinstance(part.op, ast.Mult) else "@"), part.left, part.right
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        name = part.func.attr
        if len(part.args) == 2 and name in ("dot", "matmul", "multiply", "outer"):
            kind = {"multiply": "*", "outer": "outer"}.get(name, "@")
            return kind, part.args[0], part.args[1]
        if name == "dot" and len(part.args) == 1:
            return "@", part.func.value, part.args[0]
    return None


def _written(left: ast.expr, right: ast.expr) -> Iterator[tuple[str, str]]:
    a, b = _tight(left), _tight(right)
    yield "*", f"{a} * {b}"
    yield "@", f"np.dot({ast.unparse(left)}, {ast.unparse(right)})"
    yield "outer", f"np.outer({ast.unparse(left)}, {ast.unparse(right)})"
    for one, other in ((f"{a}.T", b), (a, f"{b}.T"), (b, a), (f"{b}.T", a), (b, f"{a}.T")):
        yield "@", f"np.dot({one}, {other})"
    yield "*", f"{a}.T * {b}"
    yield "*", f"{a} * {b}.T"


def _tight(node: ast.expr) -> str:
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, (ast.BinOp, ast.UnaryOp)) else text
