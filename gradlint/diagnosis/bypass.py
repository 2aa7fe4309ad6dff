"""The edit that takes an operation away and leaves one of its operands in its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradlint.findings import Edit, Fix
from gradlint.reading.axes.text import is_module_call
from gradlint.source.edits import apply, fitted

if TYPE_CHECKING:
    from gradlint.source.spots import SourceFile
    from gradlint.trace.tape import Node


def without(node: Node, kept: Node | None) -> Fix | None:
    """The fix that makes an operation hand on one of its operands as it is; None if none can."""
    if kept is None or node.spot is None:
        return None
    file, place = node.spot.file, node.spot.node
    if isinstance(place, ast.AugAssign):
        return _without_augmentation(node, kept, file, place)
    operand = _operand(node, kept, place)
    if operand is None or not isinstance(place, ast.expr):
        return None
    site = file.site(place)
    new = fitted(file.text, site, " ".join(file.text_of(operand).split()))
    old = " ".join(file.text_of(place).split())
    return Fix(f"write `{new}` instead of `{old}`", (Edit(site, new),))


def _operand(node: Node, kept: Node, place: ast.AST) -> ast.expr | None:
    """The part of an expression that is the operand which is kept."""
    position = next((k for k, arg in enumerate(node.args) if arg is kept), None)
    if position is None:
        return None
    if isinstance(place, ast.BinOp):
        return (place.left, place.right)[position] if position < 2 else None
    if isinstance(place, ast.UnaryOp):
        return place.operand
    if isinstance(place, ast.Call):
        given = list(place.args)
        if isinstance(place.func, ast.Attribute) and not is_module_call(place):
            given.insert(0, place.func.value)
        if position < len(given) and not isinstance(given[position], ast.Starred):
            return given[position]
    return None


def _without_augmentation(
    node: Node, kept: Node, file: SourceFile, place: ast.AugAssign
) -> Fix | None:
    """``dW *= W`` is taken away as a whole."""
    if node.args[:1] != (kept,):
        return None
    old = " ".join(file.text_of(place).split())
    site = file.site(place)
    if apply(file.text, [Edit(site, "")]).splitlines()[site.row - 1].strip():
        return None  # other statements stand in the row
    return Fix(f"take `{old}` away", (Edit(site, "pass"),), "unsafe")
