"""The calls that a file itself makes of its pairs: real inputs, and how backward is called.

Read off the record of a run.  This module does not check anything.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.trees import leaves
from gradlint.structs import struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.pairs.partners import Found
    from gradlint.trace.tape import Invocation

MOST_NUMBERS = 1_000_000  # of a call whose inputs are kept
_EACH = 2  # calls of one function that are worth a check


@struct
class Call:
    """One call of a function: its inputs, its object, and the backward call that came after it."""

    key: tuple[str, int]
    args: tuple[Any, ...]
    owner: Any = None
    back: str | None = None

    def is_of(self, pair: Found) -> bool:
        """Whether it is a call of a pair's forward function."""
        if pair.kind is not None and not isinstance(self.owner, pair.kind):
            return False
        function = pair.functions()[0]
        return isinstance(function, types.FunctionType) and _key(function) == self.key


def _is_large(args: tuple[Any, ...]) -> bool:
    return sum(np.size(v) for _, v in leaves(list(args))) > MOST_NUMBERS


def calls_in(invocations: Iterable[Invocation], pairs: Iterable[Found]) -> tuple[Call, ...]:
    """Give the first calls of the pairs' forward functions in a run."""
    known = list(invocations)
    both = [pair.functions() for pair in pairs]
    wanted = {_key(f): b and _key(b) for f, b in both if isinstance(f, types.FunctionType)}
    found: list[Call] = []
    for k, call in enumerate(known):
        key = _key(call.function)
        if key not in wanted or call.kwargs or [c.key for c in found].count(key) >= _EACH:
            continue
        args = tuple(map(_value, call.args))
        if not _is_large(args):
            later = (c for c in known[k + 1 :] if _key(c.function) == wanted[key])
            back = next(later, None)
            owner = getattr(call.function, "__self__", None)
            text = None if back is None else _written(call, args, back)
            found.append(Call(key, args, owner, text))
    return tuple(found)


def _written(call: Invocation, args: tuple[Any, ...], back: Invocation) -> str | None:
    """Write a backward call with what its arguments are: inputs, results, what comes from above."""
    inner = getattr(call.function, "__func__", call.function)
    names = inner.__code__.co_varnames[: inner.__code__.co_argcount]
    names = names[1:] if inner is not call.function else names
    result = _value(call.result)
    parts = list(result) if isinstance(result, list | tuple) else []
    words: list[str] = []
    for given in map(_value, back.args):
        told = _is_one_of(given, names, args, result, parts)
        if told is None:
            return None
        words.append(told)
    return f"backward({', '.join(words)})"


def _is_one_of(
    given: Any, names: tuple[str, ...], args: tuple[Any, ...], result: Any, parts: list[Any]
) -> str | None:
    for name, value in zip(names, args, strict=False):
        if given is value and not isinstance(given, int | float):
            return name
    if given is result:
        return "returned"
    position = next((k for k, part in enumerate(parts) if part is given), None)
    if position is not None:
        return f"returned[{position}]"
    out = parts[0] if parts else result
    if isinstance(given, np.ndarray) and np.shape(out) == given.shape:
        return "dout"
    return repr(given) if isinstance(given, int | float) else None


def _key(function: Any) -> tuple[str, int]:
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return (code.co_qualname, code.co_firstlineno) if code is not None else ("", 0)


def _value(given: Any) -> Any:
    """Give the object behind a node of the tape."""
    return given.value if isinstance(given, Node) else given
