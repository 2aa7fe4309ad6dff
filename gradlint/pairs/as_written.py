"""Functions that were compiled with hooks, for a while as their author wrote them."""

from __future__ import annotations

import contextlib
import linecache
import types
from typing import TYPE_CHECKING, Any

from gradlint.source.twins import codes_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradlint.source.spots import SourceFile


@contextlib.contextmanager
def as_written(
    file: SourceFile, namespace: dict[str, Any], more: Iterable[types.FunctionType] = ()
) -> Iterator[None]:
    """Give functions that were compiled with hooks their plain code while pairs are checked.

    Those of the namespace, its classes, and ``more`` that no name leads to.
    """
    if file.filename not in linecache.cache:
        lines = file.text.splitlines(keepends=True)
        linecache.cache[file.filename] = (len(file.text), None, lines, file.filename)
    changed: list[tuple[types.FunctionType, types.CodeType]] = []
    texts = {file.filename: (file.text, namespace)}
    for names in _modules(namespace):
        if _is_followed(names):
            name = str(names.get("__file__", ""))
            texts[name] = ("".join(linecache.getlines(name)), names)
    try:
        for filename, (text, names) in texts.items():
            plain = {
                _key(c): c for c in codes_in(compile(text, filename, "exec", dont_inherit=True))
            }
            others = (f for f in more if f.__code__.co_filename == filename)
            for function in dict.fromkeys([*_functions(names, filename), *others]):
                code = plain.get(_key(function.__code__))
                if code is not None and code.co_freevars == function.__code__.co_freevars:
                    changed.append((function, function.__code__))
                    function.__code__ = code
        yield
    finally:
        for function, code in changed:
            function.__code__ = code


def _modules(namespace: dict[str, Any]) -> list[dict[str, Any]]:
    """The namespaces of the modules that functions in reach of one belong to."""
    found, stack = {id(namespace): namespace}, [namespace]
    while stack:
        for value in list(stack.pop().values()):
            inner = [value, *vars(value).values()] if isinstance(value, type) else [value]
            for part in inner:
                names = getattr(getattr(part, "__func__", part), "__globals__", None)
                if isinstance(value, types.ModuleType):
                    names = vars(value)
                if isinstance(names, dict) and id(names) not in found:
                    found[id(names)] = names
                    if _is_followed(names):
                        stack.append(names)
    return list(found.values())


def _is_followed(names: dict[str, Any]) -> bool:
    loader = getattr(names.get("__spec__"), "loader", None)
    return type(loader).__module__ == "gradlint.source.loader"


def _key(code: types.CodeType) -> tuple[str, int, int]:
    """Tell functions apart; of lambdas, several may begin in one line."""
    first, column = code.co_firstlineno, 0
    if code.co_name == "<lambda>":
        columns = [p[2] for p in code.co_positions() if p[0] == first and p[2]]
        column = min(columns, default=0)
    return code.co_qualname, first, column


def _functions(names: dict[str, Any], filename: str) -> Iterator[types.FunctionType]:
    for value in list(names.values()):
        inner = list(vars(value).values()) if isinstance(value, type) else [value]
        for member in inner:
            part = getattr(member, "__func__", member)
            if isinstance(part, types.FunctionType) and part.__code__.co_filename == filename:
                yield part
