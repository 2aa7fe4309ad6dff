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
    pairs = zip(_written(expression, node.args), node.args, strict=False)
    if isinstance(expression, ast.AugAssign) and len(node.args) > 1:
        pairs = zip([expression.value], node.args[-1:], strict=True)
    return [(place, value) for place, value in pairs if isinstance(value, Node)]


def _written(expression: ast.AST | None, args: tuple[Any, ...]) -> list[ast.expr]:
    """Where an expression has its operands, in the order of an operation's arguments."""
    match expression:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Compare(left=left, comparators=[right, *_]) if len(args) > 1:
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            return [value]
        case ast.Call() if args:
            return _passed(expression, args)
    return []


def _passed(call: ast.Call, args: tuple[Any, ...]) -> list[ast.expr]:
    """The arguments of a call; of a method's, the array that it belongs to first."""
    given = [a for a in call.args if not isinstance(a, ast.Starred)]
    if not isinstance(call.func, ast.Attribute):
        return given
    if _is_spread(call.func, args[0], len(given), len(args)):
        return [call.func.value]
    return [call.func.value, *given] if len(args) == len(given) + 1 else given


def _is_spread(function: ast.Attribute, receiver: Any, given: int, args: int) -> bool:
    """Whether sizes are written one by one, as in ``x.reshape(2, -1)``: they are one argument."""
    if function.attr not in _SPREAD:
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
