"""What people get wrong about sums: the axis, the mean, the transposition of a product.

This module knows syntax; whether a change is right is decided elsewhere.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.pairs.slip import Slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OF_AXES = {"sum", "mean", "max", "min", "prod", "var", "std", "argmax", "cumsum"}
_AXES = ("0", "1", "-1", "2")


def axes_in(value: ast.expr) -> Iterator[ast.expr]:
    """Give the axes of all reductions in an expression: -1 is no number with a sign."""
    for node in ast.walk(value):
        axis = axis_of(node) if isinstance(node, ast.Call) else None
        if axis is not None:
            yield axis


def axis_of(call: ast.Call) -> ast.expr | None:
    """Find the axis of a reduction, given by its name or where a method and NumPy expect it."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in _OF_AXES:
        return None
    for keyword in call.keywords:
        if keyword.arg == "axis":
            return keyword.value
    position = int(isinstance(function.value, ast.Name) and function.value.id in ("np", "numpy"))
    return call.args[position] if position < len(call.args) else None


def reductions(node: ast.Call, text_of: Callable[[ast.AST], str]) -> Iterator[Slip]:
    """Give the slips that may have been made in one call of a method or a NumPy function."""
    assert isinstance(node.func, ast.Attribute)
    text, called = text_of(node), node.func.attr
    if called in ("dot", "matmul", "outer"):
        yield Slip(node, f"{text}.T", "transposition", f"`{text}` has to be transposed here", 1.2)
    axis = axis_of(node)
    if called in ("sum", "mean") and axis is None:
        for given in ("axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True"):
            comma = "" if text.endswith("()") else ", "
            said = f"`{text}` adds up everything"
            yield Slip(node, f"{text[:-1]}{comma}{given})", "summed axis", said, 1.2)
    words = {"mean": "sum", "sum": "mean"}
    if called in words:
        head = text_of(node.func.value)
        rest = text[len(text_of(node.func)) :]
        new = f"{head}.{words[called]}{rest}"
        said = f"`{text}` is a {called} where a {words[called]} belongs"
        yield Slip(node, new, "mean for a sum" if called == "mean" else "sum for a mean", said, 1.0)
    yield from _other_axes(axis, text, text_of)


def _other_axes(
    axis: ast.expr | None, text: str, text_of: Callable[[ast.AST], str]
) -> Iterator[Slip]:
    """The same along another axis."""
    given = "" if axis is None else text_of(axis)
    if axis is None or given not in (*_AXES, "-2"):
        return
    kept = "keepdims" in text  # it is subtracted from something: no bias is meant
    said = f"`{text}` goes along the wrong axis"
    backwards = given.startswith("-")  # who counts from the end goes on to do so
    for other in sorted(_AXES, key=lambda axis: axis.startswith("-") != backwards):
        if other != given:
            yield Slip(axis, other, "axis" if kept else "summed axis", said, 1.2)
