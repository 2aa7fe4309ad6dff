"""Where a value that was there already is handed on as something else: returned, or put elsewhere.

``return g, g`` makes one array the gradient of two things, and ``self.b.grad = self.grad`` one of a
third; nothing is computed there.  This module looks at places only, and does not judge.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.findings import Site
    from gradlint.trace.tape import Invocation, Node, Tape


def handed_on(tape: Tape, node: Node) -> Site | None:
    """The last place that handed a value on as it was, or None if it stayed where it was made."""
    for spot, value in reversed(tape.handed):
        if value is node:
            return spot.site
    for call in reversed(tape.invocations):
        if any(given is node for given in _given(call)):
            for position, part in enumerate(_parts(call.result)):
                if _node(tape, part) is node:
                    return _returned(call, position)
    return None


def _given(call: Invocation) -> list[Any]:
    return [*call.args, *call.kwargs.values()]


def _parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def _node(tape: Tape, value: Any) -> Any:
    known = tape.known.get(id(value))
    return value if known is None else known[1]


def _returned(call: Invocation, position: int) -> Site | None:
    """The place in the function's last ``return`` at which it gives the value back."""
    code = getattr(call.function, "__code__", None)
    if code is None or code.co_filename != call.spot.file.filename:
        return None
    file = call.spot.file
    returned = [r.value for r in _returns(file.tree, code.co_firstlineno) if r.value is not None]
    if not returned:
        return None
    value = returned[-1]
    if isinstance(value, (ast.Tuple, ast.List)) and position < len(value.elts):
        value = value.elts[position]
    return file.site(value)


def _returns(tree: ast.AST, row: int) -> Iterator[ast.Return]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
            if first == row:
                yield from (node for node in ast.walk(function) if isinstance(node, ast.Return))
