"""Which names can be written where: those of the functions around a place, and of the module.

What a comprehension or a function keeps to itself has no name outside of it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.source.spots import SourceFile

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def visible(file: SourceFile, place: ast.AST) -> frozenset[str]:
    """The names that are bound in the scopes around a place, up to the module."""
    found, scope = set[str](), file.original(place)
    while True:
        if isinstance(scope, (*_FUNCTIONS, *_COMPREHENSIONS, ast.Module)):
            found.update(_bound(scope))
        outer = file.parents.get(scope)
        if outer is None:
            return frozenset(found | set(_bound(file.tree)))
        scope = outer


def _bound(scope: ast.AST) -> Iterator[str]:
    """The names that a scope binds itself."""
    if isinstance(scope, _FUNCTIONS):
        yield from (node.arg for node in ast.walk(scope.args) if isinstance(node, ast.arg))
    stack = list(ast.iter_child_nodes(scope))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            yield from node.names
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        inner = isinstance(node, (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef))
        stack += () if inner else ast.iter_child_nodes(node)
