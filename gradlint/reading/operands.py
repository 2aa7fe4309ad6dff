"""Where operands stand in the source, and which names of a value still hold."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

from gradlint.trace.tape import Node

_SPREAD = {"reshape", "transpose"}  # methods whose one argument may be written as several


def operands(node: Node) -> list[tuple[ast.AST, Node]]:
    """The places of an operation's operands in the source, and their values."""
    expression = node.spot.node if node.spot else None
    pairs: list[tuple[ast.AST, Any]] = []
    if not node.args:
        return []
    if isinstance(expression, ast.BinOp):
        pairs = [(expression.left, node.args[0]), (expression.right, node.args[1])]
    elif isinstance(expression, ast.Compare) and len(node.args) > 1:
        pairs = [(expression.left, node.args[0]), (expression.comparators[0], node.args[1])]
    elif isinstance(expression, ast.UnaryOp):
        pairs = [(expression.operand, node.args[0])]
    elif isinstance(expression, (ast.Attribute, ast.Subscript)):
        pairs = [(expression.value, node.args[0])]
    elif isinstance(expression, ast.AugAssign) and len(node.args) > 1:
        pairs = [(expression.value, node.args[-1])]
    elif isinstance(expression, ast.Call):
        function = expression.func
        given = [a for a in expression.args if not isinstance(a, ast.Starred)]
        is_method = isinstance(function, ast.Attribute) and len(node.args) == len(given) + 1
        if _is_spread(function, node.args[0], len(given), len(node.args)):
            is_method, given = True, []
        receivers = [function.value] if is_method else []  # type: ignore[attr-defined]
        pairs = list(zip([*receivers, *given], node.args, strict=False))
    return [(place, value) for place, value in pairs if isinstance(value, Node)]


def _is_spread(function: ast.expr, receiver: Any, given: int, args: int) -> bool:
    """Whether sizes are written one by one, as in ``x.reshape(2, -1)``: they are one argument."""
    if not isinstance(function, ast.Attribute) or function.attr not in _SPREAD:
        return False
    owner = function.value  # a value, or the module of ``np.reshape(x, shape)``
    named = isinstance(owner, ast.Name) and owner.id not in getattr(receiver, "names", ())
    return given != args or (given == 2 and not named)


@lru_cache(maxsize=4096)
def text_of(place: ast.AST) -> str:
    """The text of a part of the source, in one spelling."""
    return ast.unparse(place)


def lasting(names: list[str]) -> list[str]:
    """The names of a value, each container's once.

    The last state of one sequence becomes the first of the next one: that name came later, when
    the container was another one.
    """
    if len(names) < 2:
        return names
    bases: set[str] = set()
    kept = []
    for name in names:
        base, bracket, _ = name.partition("[")
        if not bracket or base not in bases:
            kept.append(name)
        if bracket:
            bases.add(base)
    return kept
