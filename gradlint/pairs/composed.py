"""A pair that is more than two functions: what joins them is written out and compiled.

``backprop(x, y)`` wants a target, and no gradient from above: it differentiates a loss of what
``feedforward(x)`` gives.  That loss is a cost function of the file, or, where the file has none,
one of a known family.  Joined with it, such a pair is one like any other.

This module writes functions; whether they are right, `trials` finds out.
"""

from __future__ import annotations

import inspect
import linecache
import re
import types
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.naming import (
    is_cache,
    is_output,
    is_rate,
    is_upstream,
    returned_names,
    signature_of,
)
from gradlint.pairs.shapes import is_target_like
from gradlint.pairs.trees import is_number
from gradlint.structs import struct

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

_COST = re.compile(r"_*\w*(loss|cost|error|entropy|mse|bce|nll|objective)\w*", re.IGNORECASE)
_SQUARED = "half the squared error", "0.5 * np.sum(({out} - {y}) ** 2)"
_ENTROPY = "the cross-entropy", "-np.sum({y} * np.log({out}))"
_BINARY = "the cross-entropy", "-np.sum({y} * np.log({out}) + (1 - {y}) * np.log(1 - {out}))"
_LABELS = "the cross-entropy", "-np.sum(np.log({out}[np.arange(len({y})), {y}]))"
_POISSON = "the Poisson loss", "np.sum({out} - {y} * np.log({out}))"


@struct
class Loss:
    """A loss of an output and its target: what it is called, and how it is written."""

    name: str
    text: str
    target: Any
    stated: bool = False  # whether the file has it

    def times(self, factor: float) -> Loss:
        """Give the same loss times a constant."""
        return replace(self, text=f"{factor!r} * ({self.text})")


def written(text: str, name: str, names: Mapping[str, Any], row: int = 1) -> types.FunctionType:
    """Compile a function from its text, with a place of its own that can be read again."""
    filename = f"<{name} {abs(hash((text, row)))}>"
    text = "\n" * (row - 1) + text
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    known: dict[str, Any] = {"np": np, **names}
    exec(compile(text, filename, "exec", dont_inherit=True), known)
    found: types.FunctionType = known[name]
    return found


def through_closure(function: types.FunctionType, inner: ast.FunctionDef) -> types.FunctionType:
    """Write the backward function of one that returns its result and a closure: it calls that."""
    row = function.__code__.co_firstlineno + inner.lineno - 1
    made = written(
        f"def {inner.name}(dout, {inner.name}):\n    return {inner.name}(dout)\n",
        inner.name,
        {},
        row,
    )
    made.__code__ = made.__code__.replace(co_filename=function.__code__.co_filename)
    return made


def around(function: Any, arguments: str, call: str) -> types.FunctionType:
    """Write a function that calls another one in its own way; it stands where the other stands.

    ``call`` writes the other one as ``inner``.
    """
    name = getattr(function, "__name__", "f")
    name = name if name.isidentifier() else "f"
    text = f"def {name}({arguments}):\n    return {call}\n"
    made = written(text, name, {"inner": function})
    made.__signature__ = inspect.signature(made)  # type: ignore[attr-defined]
    made.__wrapped__ = function  # type: ignore[attr-defined]
    return made


@struct
class Wanted:
    """What a backward function takes instead of a gradient from above."""

    target: str
    called: dict[str, str]  # forward's arguments that go by another name there


def target_of(forward: Any, backward: Any) -> Wanted | None:
    """Find the argument of backward that is a target; None if a gradient comes from above."""
    if backward is None or isinstance(forward, np.ufunc):
        return None
    inputs, names = _plain_names(forward), _plain_names(backward)
    left = [n for n in names if n not in (*inputs, *(returned_names(forward) or []))]
    targets, others = _apart(left)
    if len(targets) != 1 or len(names) < 2 or any(map(is_upstream, others)):
        return None
    unnamed = [n for n in inputs if n not in names]
    if len(others) == len(unnamed):
        return Wanted(targets[0], dict(zip(unnamed, others, strict=True)))
    return Wanted(targets[0], {}) if all(map(is_output, others)) else None


def _plain_names(function: Any) -> list[str]:
    signature = signature_of(function)
    return [n for n in signature.names[: signature.required] if n != "self"]


def _apart(names: list[str]) -> tuple[list[str], list[str]]:
    """Tell targets from the rest; caches and rates are neither."""
    targets = [n for n in names if is_target_like(n)]
    told = (is_cache, is_rate)
    others = [n for n in names if n not in targets]
    return targets, [n for n in others if not any(tells(n) for tells in told)]


def losses_of(out: Any, costs: Mapping[str, Any], owner: Any) -> list[Loss]:
    """Give the losses that an output may have: those that the file states, else the known ones."""
    stated = list(_stated(out, costs, owner))
    return stated or list(_known(out))


def _known(out: Any) -> Iterator[Loss]:
    rng = np.random.default_rng(7)
    numbers = rng.normal(size=np.shape(out))
    inside = bool(np.all(out > 0) and np.all(out < 1))
    axis = next((a for a in (-1, 0) if np.ndim(out) == 2 and _sums_to_one(out, a)), None)
    target = numbers
    if axis is not None:
        target = (numbers == numbers.max(axis=axis, keepdims=True)).astype(float)
        yield Loss(*_ENTROPY, target)
    elif inside:
        target = (numbers > 0).astype(float)
    yield Loss(*_SQUARED, target)
    if axis is None and inside:
        yield Loss(*_BINARY, target)
    if axis == -1:
        yield Loss(*_LABELS, np.argmax(target, axis=-1))
    if np.all(out > 0) and not inside:
        yield Loss(*_POISSON, np.abs(np.rint(2 * numbers)))


def _sums_to_one(out: Any, axis: int) -> bool:
    return out.shape[axis] > 1 and bool(np.allclose(out.sum(axis=axis), 1) and np.all(out >= 0))


def _stated(out: Any, costs: Mapping[str, Any], owner: Any) -> Iterator[Loss]:
    """Give the file's own cost functions that take an output and its target."""
    for name, cost in costs.items():
        names = _plain_names(cost)
        if len(names) != 2:
            continue
        first = "{y}, {out}" if is_target_like(names[0]) else "{out}, {y}"
        called = f"self.{name}" if owner is not None and name not in globals_of(cost) else name
        for known in _known(out):
            pair = (known.target, out) if first.startswith("{y}") else (out, known.target)
            bound = getattr(owner, name) if called.startswith("self.") else cost
            try:
                value = bound(*pair)
            except Exception:  # noqa: BLE001 - then these are no arguments for it
                continue
            if is_number(value) and np.size(value) == 1 and np.all(np.isfinite(value)):
                yield Loss(f"`{name}`", f"np.sum({called}({first}))", known.target, stated=True)
                break


def globals_of(function: Any) -> dict[str, Any]:
    """Give the names that a function's text is read with."""
    return getattr(function, "__globals__", {})


def costs_in(
    namespace: Mapping[str, Any], kind: type | None, own: tuple[Any, ...]
) -> dict[str, Any]:
    """Give the functions of a file, and the methods of a class, that are called like a cost."""
    methods = {} if kind is None else {n: f for n in dir(kind) if callable(f := getattr(kind, n))}
    known = {**namespace, **methods}
    return {
        name: value
        for name, value in known.items()
        if isinstance(value, types.FunctionType) and _COST.fullmatch(name) and value not in own
        if not re.search(r"prime|deriv|grad|backward|delta|^d_", name)
    }
