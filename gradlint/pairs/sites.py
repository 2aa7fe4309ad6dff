"""Where a function was written: its file, its ``def`` line, and the line in which it raised.

Works from the code object, so closures, methods, partials, lambdas and notebook cells have places
too.  Compiled functions have none; findings then point at line 1 of a file called after them.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import os
import re
from pathlib import Path
from types import CodeType
from typing import Any

from gradlint.findings import Site


def code_of(function: Any) -> CodeType | None:
    """Give the code object behind a callable, or None for compiled ones."""
    for _ in range(10):
        if isinstance(function, functools.partial):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            break
    code = getattr(function, "__code__", None)
    if code is None and not isinstance(function, type):
        code = getattr(vars(type(function)).get("__call__"), "__code__", None)
    return code if isinstance(code, CodeType) else None


def source_of(filename: str) -> str:
    """Give the text of a file or notebook cell that code came from; empty if it is gone."""
    return "".join(linecache.getlines(filename))


def shown(filename: str) -> str:
    """Write a file name as the user knows it: relative to the working directory, if below it."""
    if not os.path.isabs(filename):
        return filename
    path = Path(filename)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else filename


def definition(function: Any) -> Site:
    """Give the place of a function's ``def`` line."""
    code = code_of(function)
    if code is None:
        name = getattr(function, "__name__", None) or type(function).__name__
        return Site(f"<{name}>", 1, 1, 1, 1)
    lines = linecache.getlines(code.co_filename)
    name = re.escape(code.co_name)
    pattern = re.compile(r"\blambda\b" if code.co_name == "<lambda>" else rf"\bdef\s+{name}\b")
    for row in range(code.co_firstlineno, min(code.co_firstlineno + 30, len(lines) + 1)):
        found = pattern.search(lines[row - 1])
        if found:
            text = lines[row - 1].rstrip()
            end = text.rfind(":") + 1 if text.endswith(":") else found.end()
            return Site(
                shown(code.co_filename), row, found.start() + 1, row, max(end, found.end() + 1)
            )
    return Site(shown(code.co_filename), code.co_firstlineno, 1, code.co_firstlineno, 1)


def line_site(filename: str, row: int) -> Site:
    """Give the place of a whole line, without its indentation and comment."""
    text = linecache.getline(filename, row).rstrip()
    start = len(text) - len(text.lstrip())
    return Site(shown(filename), row, start + 1, row, max(len(text), start + 1) + 1)


def raised_in(error: BaseException, functions: list[Any]) -> Site | None:
    """Give the innermost line of the user's file in which an error was raised."""
    files = {code.co_filename for code in map(code_of, functions) if code is not None}
    site = None
    traceback = error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename in files:
            site = line_site(filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return site
