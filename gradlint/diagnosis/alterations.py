"""New expressions made of old ones: a part replaced, everything else the very same objects.

What an untouched part was worth is known by the object, so it must stay one.
"""

from __future__ import annotations

import ast
from typing import Any


def altered(root: ast.expr, old: ast.AST, new: ast.expr) -> ast.expr:
    """``root`` with one part replaced; every untouched part stays the same object."""
    if root is old:
        return new
    if not any(part is old for part in ast.walk(root)):
        return root
    fields: dict[str, Any] = {}
    for name, value in ast.iter_fields(root):
        if isinstance(value, ast.expr):
            fields[name] = altered(value, old, new)
        elif isinstance(value, list):
            fields[name] = [_altered_item(item, old, new) for item in value]
        else:
            fields[name] = value
    return type(root)(**fields)


def _altered_item(item: Any, old: ast.AST, new: ast.expr) -> Any:
    if isinstance(item, ast.expr):
        return altered(item, old, new)
    if isinstance(item, ast.keyword):
        return ast.keyword(item.arg, altered(item.value, old, new))
    return item


def parsed(text: str) -> ast.expr:
    """A piece of source as an expression."""
    return ast.parse(text, mode="eval").body
