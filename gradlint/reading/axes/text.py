"""The operands of an operation as the user wrote them: expressions, texts, places."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from gradlint.source.edits import bracketed

if TYPE_CHECKING:
    from gradlint.source.spots import SourceFile, Spot

_RESHAPING = {
    "T", "mT", "transpose", "swapaxes", "reshape", "expand_dims", "newaxis", "atleast_2d", "outer",
    "moveaxis", "meshgrid", "ix_", "ogrid",
}  # fmt: skip
_LONGEST = 60


def operand_expressions(place: ast.AST) -> list[ast.expr]:
    """Return the expressions of the arrays an operation works on, the owner of a method first."""
    if isinstance(place, ast.BinOp):
        return [place.left, place.right]
    if isinstance(place, ast.Compare):
        return [place.left, *place.comparators]
    if isinstance(place, ast.AugAssign):
        return [place.target, place.value]
    if isinstance(place, ast.UnaryOp):
        return [place.operand]
    if isinstance(place, ast.Subscript):
        return [place.value, place.slice]
    if isinstance(place, ast.Call):
        found = [] if is_module_call(place) else [place.func.value]  # type: ignore[attr-defined]
        for argument in place.args:
            if isinstance(argument, (ast.List, ast.Tuple)):
                found += argument.elts
            elif not isinstance(argument, ast.Constant):
                found.append(argument)
        return found
    return []


def is_module_call(call: ast.Call) -> bool:
    """Tell ``np.dot(a, b)`` and ``f(a)`` from ``a.dot(b)``."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return True
    owner = function.value
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return isinstance(owner, ast.Name) and owner.id in ("np", "numpy", "scipy", "xp", "math")


def product_text(place: ast.AST | None, left: str, right: str) -> str:
    """A matrix product of two operands, written as one at another place is, or with ``@``."""
    if not isinstance(place, ast.Call):
        return f"{bracketed(left)} @ {bracketed(right)}"
    function = ast.unparse(place.func)
    if is_module_call(place):
        return f"{function}({left}, {right})"
    return f"{bracketed(left)}.{function.rpartition('.')[2]}({right})"


def text_of(file: SourceFile, expression: ast.AST) -> str:
    """Return the text of an expression on one line."""
    return re.sub(r"\s+", " ", file.text_of(expression))


def short(text: str) -> str:
    """Cut a text that is too long for a message."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def says_layout(expression: ast.AST) -> bool:
    """Tell whether an expression itself lays out axes: ``x[:, None]``, ``x.T``, ``keepdims=True``.

    What is written so was meant so.
    """
    for part in ast.walk(expression):
        if isinstance(part, ast.Attribute) and part.attr in _RESHAPING:
            return True
        if isinstance(part, ast.keyword) and part.arg == "keepdims":
            return True
        if isinstance(part, ast.Subscript) and _has_none(part.slice):
            return True
    return False


def _has_none(index: ast.AST) -> bool:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(isinstance(p, ast.Constant) and p.value is None for p in parts)


def size_expressions(place: ast.AST, ndim: int) -> list[ast.expr]:
    """Return the lengths of a new array, as written: ``np.zeros((n, d))``, ``randn(n, d)``."""
    if not isinstance(place, ast.Call):
        return []
    name = getattr(place.func, "attr", getattr(place.func, "id", ""))
    if name in ("randn", "rand"):
        found: list[ast.expr] = list(place.args)
        return found if len(found) == ndim else []
    options = [k.value for k in place.keywords if k.arg in ("size", "shape")]
    for argument in [*options, *place.args]:
        if isinstance(argument, (ast.Tuple, ast.List)) and len(argument.elts) == ndim:
            return list(argument.elts)
    if ndim == 1 and name in ("zeros", "ones", "empty", "full", "random", "standard_normal"):
        return place.args[:1] or options
    return options if ndim == 1 else []


def reshape_sizes(place: ast.AST) -> list[ast.expr]:
    """Return the expressions of the lengths in ``x.reshape(n, d)`` or ``np.reshape(x, (n, d))``."""
    if not isinstance(place, ast.Call):
        return []
    arguments = place.args[1:] if is_module_call(place) else place.args
    if len(arguments) == 1 and isinstance(arguments[0], (ast.Tuple, ast.List)):
        return list(arguments[0].elts)
    return list(arguments)


def size_name(expression: ast.expr) -> str | None:
    """Return what a length is called where an array is made, if it has a name."""
    if isinstance(expression, ast.Name):
        return expression.id
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return None


def shape_reading(place: ast.AST) -> tuple[str, int] | None:
    """Return (name, axis) if a statement is ``m = X.shape[1]`` or ``m = len(X)``."""
    value = getattr(place, "value", None)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "len":
        return (ast.unparse(value.args[0]), 0) if value.args else None
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Attribute):
        index = value.slice
        if value.value.attr == "shape" and isinstance(index, ast.Constant):
            return ast.unparse(value.value.value), int(index.value)  # type: ignore[arg-type]
    return None


def alias_statement(spot: Spot, name: str) -> ast.expr | None:
    """Return the right side of ``name = other`` where a value only got a second name.

    The last such statement in the function (or module) of the place.
    """
    return alias_in(spot.file.function(spot.node) or spot.file.tree, name)


def alias_in(scope: ast.AST, name: str) -> ast.expr | None:
    """Return the right side of the last ``name = other`` within a function or module."""
    found = None
    for part in ast.walk(scope):
        if not isinstance(part, ast.Assign):
            continue
        plain = isinstance(part.value, (ast.Name, ast.Attribute))
        if plain and any(ast.unparse(target) == name for target in part.targets):
            found = part.value
    return found
