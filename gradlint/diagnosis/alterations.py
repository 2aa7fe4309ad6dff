"""New expressions made of old ones: a part replaced, everything else the very same objects.

What an untouched part was worth is known by the object, so it must stay one.
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def altered(root: ast.expr, old: ast.AST, new: ast.expr) -> ast.expr:
    """``root`` with one part replaced; every untouched part stays the same object."""
    if root is old:
        return new
    fields = {name: _altered_item(value, old, new) for name, value in ast.iter_fields(root)}
    if all(value is getattr(root, name) for name, value in fields.items()):
        return root
    return type(root)(**fields)


def altered_at(
    root: ast.expr, old: ast.AST, new: ast.expr, parents: Mapping[ast.AST, ast.AST]
) -> ast.expr:
    """:func:`altered`, straight up from the part where ``parents`` lead from it to the root."""
    inner, made = old, new
    while inner is not root:
        outer = parents.get(inner)
        if outer is None or isinstance(outer, ast.stmt):
            return altered(root, old, new)
        fields = {name: _put(value, inner, made) for name, value in ast.iter_fields(outer)}
        inner, made = outer, type(outer)(**fields)  # type: ignore[assignment]
    return made


def _put(field: Any, old: ast.AST, new: ast.AST) -> Any:
    if isinstance(field, list):
        return [new if part is old else part for part in field]
    return new if field is old else field


def _altered_item(item: Any, old: ast.AST, new: ast.expr) -> Any:
    if isinstance(item, ast.expr):
        return altered(item, old, new)
    if isinstance(item, ast.keyword):
        value = altered(item.value, old, new)
        return item if value is item.value else ast.keyword(item.arg, value)
    if isinstance(item, list):
        items = [_altered_item(part, old, new) for part in item]
        return item if all(map(operator.is_, items, item)) else items
    return item


def parsed(text: str) -> ast.expr:
    """A piece of source as an expression."""
    return ast.parse(text, mode="eval").body
