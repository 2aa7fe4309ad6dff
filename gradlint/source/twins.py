"""Instrumented twins of functions that exist already: for code that is no script.

A function's file (or notebook cell) is parsed and instrumented once, and the twin is built from the
instrumented code of the same definition, with the function's own globals, defaults and closure.
Where the text is gone or is no longer what was compiled, there is no twin.

This module knows syntax and code objects only; what the hooks do is not its business.
"""

from __future__ import annotations
import __future__

import linecache
import os
import sysconfig
import types
from pathlib import Path
from typing import TYPE_CHECKING

from gradlint.source.rewrite import instrument
from gradlint.source.spots import SourceFile, Spot, Unreadable
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator

_FUTURE = 0  # features that a file may still choose; the others are on everywhere
for _name in __future__.all_feature_names:
    if getattr(__future__, _name).mandatory is None:
        _FUTURE |= getattr(__future__, _name).compiler_flag

_OWN = str(Path(__file__).resolve().parents[1]) + os.sep
_INSTALLED = tuple(
    str(Path(path).resolve()) + os.sep
    for key, path in sysconfig.get_paths().items()
    if key in ("stdlib", "platstdlib", "purelib", "platlib")
)


@struct(frozen=False, eq=False)
class _Module:
    """One file: its text as places, its code as compiled, and its code with hooks."""

    file: SourceFile
    plain: list[types.CodeType]
    hooked: list[types.CodeType]


class Twins:
    """Makes twins; all places of all files go into one list of spots."""

    def __init__(self, spots: list[Spot], names: dict[str, str] | None = None) -> None:
        """``names`` says what some files are called in places, by the name in their code."""
        self.spots, self.names = spots, names or {}
        self.modules: dict[tuple[str, int], _Module | None] = {}
        self.made: dict[types.FunctionType, types.FunctionType | None] = {}

    def __call__(self, function: types.FunctionType) -> types.FunctionType | None:
        """Give the twin of a function, or None for code that is not the user's or has no text."""
        if function not in self.made:
            code = self.code(function)
            self.made[function] = None if code is None else _with_code(function, code)
        return self.made[function]

    def module(self, code: types.CodeType) -> _Module | None:
        """Give the file that a code object came from, read and instrumented once."""
        flags = code.co_flags & _FUTURE
        key = code.co_filename, flags
        if key not in self.modules:
            self.modules[key] = self._read(code.co_filename, flags)
        return self.modules[key]

    def code(self, function: types.FunctionType) -> types.CodeType | None:
        """Give the instrumented code of a function's definition, if it is certain which that is."""
        code = function.__code__
        if not is_user_code(code.co_filename):
            return None
        module = self.module(code)
        if module is None:
            return None
        for plain, hooked in zip(module.plain, module.hooked, strict=True):
            if _is_same(plain, code) and hooked.co_freevars == code.co_freevars:
                return hooked
        return None

    def _read(self, filename: str, flags: int) -> _Module | None:
        text = "".join(linecache.getlines(filename))
        if not text:
            return None
        try:
            file = SourceFile(self.names.get(filename, filename), text)
        except Unreadable:
            return None
        start = len(self.spots)
        tree = instrument(file, self.spots)
        plain = compile(text, filename, "exec", flags=flags, dont_inherit=True)
        hooked = compile(tree, filename, "exec", flags=flags, dont_inherit=True)
        pair = list(codes_in(plain)), list(codes_in(hooked))
        if [_key(c) for c in pair[0]] != [_key(c) for c in pair[1]]:
            del self.spots[start:]
            return None
        return _Module(file, *pair)


def is_user_code(filename: str) -> bool:
    """Whether code of a file is the user's: not installed, not the standard library, not ours."""
    if filename.startswith("<frozen"):
        return False
    if not os.path.isabs(filename):
        return True  # a cell, a doctest, a script run by its relative name
    path = str(Path(filename).resolve())
    return not path.startswith(_OWN) and not path.startswith(_INSTALLED)


def codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of all functions that stand in some code."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from codes_in(constant)


def _key(code: types.CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _is_same(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two code objects are one definition, compiled from the same text."""
    return (
        _key(one) == _key(other)
        and one.co_code == other.co_code
        and one.co_varnames == other.co_varnames
        and one.co_names == other.co_names
        and list(one.co_positions()) == list(other.co_positions())
    )


def _with_code(function: types.FunctionType, code: types.CodeType) -> types.FunctionType:
    twin = types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__dict__.update(function.__dict__)
    twin.__module__, twin.__qualname__ = function.__module__, function.__qualname__
    return twin
