"""Small edits of an expression: the slips people make while they write a formula down.

Each is a pair of a part and what may have been meant by it.  Syntax only: what an edit is worth is
for others to find out.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Slip = tuple[ast.expr, str, str]  # the part, its new text, what was the matter

_TWINS = {"ones": "zeros", "zeros": "ones", "ones_like": "zeros_like", "zeros_like": "ones_like"}
_TOTALS = {"sum", "mean", "dot", "vdot", "trace"}


def slips(expression: ast.AST) -> Iterator[Slip]:
    """Every small edit of an expression, the likeliest kinds first."""
    for kind in _KINDS:
        for node in ast.walk(expression):
            if isinstance(node, ast.expr):
                yield from kind(node)


def _parentheses(node: ast.expr) -> Iterator[Slip]:
    """``a / b * n`` for ``a / (b * n)``, ``-a + b`` for ``-(a + b)``."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, ast.unparse(node.right)
    divided = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div)
    if isinstance(left, ast.BinOp) and divided and isinstance(node.op, ast.Mult):
        text = f"{ast.unparse(left.left)} / ({ast.unparse(left.right)} * {right})"
        yield node, text, "multiplies by what it is to divide by"
    sums = isinstance(node.op, (ast.Add, ast.Sub))
    if sums and isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
        sign = "+" if isinstance(node.op, ast.Add) else "-"
        text = f"-({ast.unparse(left.operand)} {sign} {_tight(node.right)})"
        yield node, text, "has its minus in front of the first term only"


def _signs(node: ast.expr) -> Iterator[Slip]:
    """``+`` for ``-`` between two terms, and a minus too many or too few."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        sign = "-" if isinstance(node.op, ast.Add) else "+"
        text = f"{ast.unparse(node.left)} {sign} {_tight(node.right)}"
        yield node, text, "has the wrong sign between two terms"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, _tight(node.operand), "has a minus too many"


def _powers(node: ast.expr) -> Iterator[Slip]:
    """``n ** 2`` for ``n``, and a square that is forgotten."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node, _tight(node.left), "has a power too many"
    if isinstance(node, ast.Call) and _called(node) in _TOTALS and len(node.args) == 1:
        (inner,) = node.args
        if not (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow)):
            yield inner, f"{_tight(inner)} ** 2", "lacks a square"


def _arrays(node: ast.expr) -> Iterator[Slip]:
    """Ones for zeros, one axis for the other, a part for the whole."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        twin = _TWINS.get(node.func.attr)
        if twin is not None:
            text = f"{ast.unparse(node.func.value)}.{twin}"
            yield node.func, text, f"has {node.func.attr} where {twin} belong"
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
                other = {"0": "1", "1": "0", "-1": "0"}.get(ast.unparse(keyword.value))
                if other is not None:
                    yield keyword.value, other, "is taken over the wrong axis"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        yield node, ast.unparse(node.value), "leaves a part out"


def _factors(node: ast.expr) -> Iterator[Slip]:
    """A constant too many or too few."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for part, rest in ((node.left, node.right), (node.right, node.left)):
            if isinstance(part, ast.Constant):
                yield node, _tight(rest), f"has a factor {ast.unparse(part)} too many"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        yield node, _tight(node.left), f"divides by {ast.unparse(node.right)} once too often"
    if isinstance(node, ast.Call) and _called(node) in _TOTALS:
        for factor in ("0.5", "2"):
            yield node, f"{factor} * {ast.unparse(node)}", f"lacks the factor {factor}"
        other = {"sum": "mean", "mean": "sum"}.get(_called(node))
        if other is not None and isinstance(node.func, ast.Attribute):
            text = f"{ast.unparse(node.func.value)}.{other}"
            yield node.func, text, f"takes the {_called(node)} where the {other} belongs"


_KINDS: tuple[Callable[[ast.expr], Iterator[Slip]], ...] = (
    _parentheses, _signs, _powers, _arrays, _factors,
)  # fmt: skip


def _called(node: ast.Call) -> str:
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _tight(node: ast.expr) -> str:
    text = ast.unparse(node)
    loose = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.BoolOp))
    return f"({text})" if loose else text
