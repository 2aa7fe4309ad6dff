"""Functions that put several arrays into one: concatenate, stack, block, append, insert.

As in ``shapes``, the function is applied to the numbers of the elements, which here run through
all arrays, and the numbers in its output say to whom each cotangent belongs.
"""

# ruff: noqa: ARG001  (a rule takes all arguments of its function)

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradlint.ops import Rule, vjp
from gradlint.ops.shapes import numbered, scatter


def _numbered_tree(tree: Any, first: int) -> tuple[Any, int]:
    """Replace each array of a nested list by element numbers; also give the next free number."""
    if isinstance(tree, (list, tuple)):
        parts = []
        for part in tree:
            numbers, first = _numbered_tree(part, first)
            parts.append(numbers)
        return parts, first
    return numbered(tree, first), first + math.prod(np.shape(tree))


def _cut_tree(flow: Any, tree: Any, start: int) -> tuple[Any, int]:
    """Cut the summed cotangents to the shapes of the arrays of a nested list."""
    if isinstance(tree, (list, tuple)):
        parts = []
        for part in tree:
            piece, start = _cut_tree(flow, part, start)
            parts.append(piece)
        return parts, start
    end = start + math.prod(np.shape(tree))
    return flow[start:end].reshape(np.shape(tree)), end


def _all_of(function: Any) -> Rule:
    """Make the rule of a function whose first argument is a nested sequence of arrays."""

    def rule(g: Any, y: Any, arrays: Any, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
        numbers, end = _numbered_tree(arrays, 1)
        flow = scatter(g, function(numbers, *args, **kwargs), end - 1)
        return _cut_tree(flow, arrays, 0)[0]

    return rule


def _concatenate(g: Any, y: Any, arrays: Any, /, axis: Any = 0, *_: Any, **__: Any) -> Any:
    if axis is None:
        ends = np.cumsum([np.size(x) for x in arrays])
        parts = np.split(np.asarray(g), ends[:-1])
        return [part.reshape(np.shape(x)) for part, x in zip(parts, arrays, strict=True)]
    ends = np.cumsum([np.shape(x)[axis] for x in arrays])
    return np.split(g, ends[:-1], axis)


def _stack(g: Any, y: Any, arrays: Any, axis: int = 0, *_: Any, **__: Any) -> Any:
    return np.moveaxis(g, axis, 0)


def _append(first: bool) -> Rule:
    def rule(g: Any, y: Any, arr: Any, values: Any, axis: Any = None) -> Any:
        return _concatenate(g, y, [arr, values], axis)[0 if first else 1]

    return rule


def _insert(first: bool) -> Rule:
    def rule(g: Any, y: Any, arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
        size = math.prod(np.shape(arr))
        mine, yours = (arr, values) if first else (values, arr)
        numbers = numbered(mine)
        nothing = np.zeros(np.shape(yours), dtype=int)
        filled = (numbers, nothing) if first else (nothing, numbers)
        moved = np.insert(filled[0], obj, filled[1], axis)
        size = math.prod(np.shape(mine))
        return scatter(g, moved, size).reshape(np.shape(mine))

    return rule


vjp(np.concatenate, _concatenate)
vjp(np.stack, _stack)
for _function in (np.vstack, np.hstack, np.dstack, np.column_stack, np.block):
    vjp(_function, _all_of(_function))
vjp(np.append, _append(first=True), _append(first=False))
vjp(np.insert, _insert(first=True), None, _insert(first=False))
