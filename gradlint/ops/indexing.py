"""Reading and writing at indices, choosing and sorting.

What writes in place has a functional form here: ``operator.setitem(x, index, value)`` and
``np.add.at(x, index, value)`` stand for the new ``x``.
"""

# ruff: noqa: ARG001, ARG005  (a rule takes all arguments of its function)

from __future__ import annotations

import operator
from types import EllipsisType
from typing import Any

import numpy as np

from gradlint.ops import NoDerivative, Rule, constant, named, unsupported, vjp
from gradlint.ops.shapes import origins

_BASIC = (int, slice, EllipsisType, type(None), np.integer)


def _is_basic(index: Any) -> bool:
    """Whether an index reads no element twice: numbers, slices, masks; arrays of numbers may."""
    if isinstance(index, tuple):
        return all(isinstance(part, _BASIC) for part in index)
    return isinstance(index, _BASIC) or (isinstance(index, np.ndarray) and index.dtype == bool)


def _getitem(g: Any, y: Any, x: Any, index: Any) -> Any:
    """Put the cotangent at the places that were read; a sequence gets ``None`` in the others."""
    if isinstance(x, (list, tuple)):
        flow: list[Any] = [None] * len(x)
        flow[index] = g
        return flow
    result = np.zeros(np.shape(x))
    if _is_basic(index):
        result[index] = g
    else:
        np.add.at(result, index, g)
    return result


def _setitem_target(g: Any, y: Any, x: Any, index: Any, value: Any) -> Any:
    result = np.array(g, dtype=float)
    result[index] = 0.0
    return result


def _setitem_value(g: Any, y: Any, x: Any, index: Any, value: Any) -> Any:
    """At an index that occurs twice the last write stays: the earlier ones get nothing."""
    g = np.asarray(g)
    flow = g[index]
    if not _is_basic(index):
        order = np.arange(1, flow.size + 1).reshape(flow.shape)
        written = np.zeros(g.shape, dtype=int)
        written[index] = order
        flow = np.where(written[index] == order, flow, 0.0)
    # A value may carry leading ones that the target has not: x[0] = v with v of shape (1, n).
    extra = np.ndim(value) - np.ndim(flow)
    return np.reshape(flow, (1,) * extra + np.shape(flow)) if extra > 0 else flow


def _added_at(sign: float) -> Rule:
    def rule(g: Any, y: Any, a: Any, indices: Any, b: Any) -> Any:
        return sign * np.asarray(g)[indices]

    return rule


def _take_along_axis(g: Any, y: Any, arr: Any, indices: Any, axis: Any = -1) -> Any:
    return origins(np.take_along_axis)(g, y, arr, indices, axis)


def _where(taken: bool) -> Rule:
    def rule(g: Any, _: Any, condition: Any, x: Any, y: Any) -> Any:
        return np.where(condition, g, 0.0) if taken else np.where(condition, 0.0, g)

    return rule


def _choose(g: Any, y: Any, a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    a = np.asarray(a)
    if mode == "wrap":
        a = a % len(choices)
    elif mode == "clip":
        a = np.clip(a, 0, len(choices) - 1)
    return [np.where(a == i, g, 0.0) for i in range(len(choices))]


def _select(g: Any, y: Any, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    free: Any = True
    flow = []
    for condition in condlist:
        flow.append(np.where(free & np.asarray(condition), g, 0.0))
        free = free & ~np.asarray(condition)
    return flow


def _select_default(g: Any, y: Any, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    taken: Any = False
    for condition in condlist:
        taken = taken | np.asarray(condition)
    return np.where(taken, 0.0, g)


def _sort(g: Any, y: Any, a: Any, axis: Any = -1, *_: Any, **__: Any) -> Any:
    a = np.asarray(a)
    if axis is None:
        return _sort(g, None, a.reshape(-1)).reshape(a.shape)
    result = np.zeros(a.shape)
    np.put_along_axis(result, np.argsort(a, axis=axis, kind="stable"), g, axis)
    return result


def _partition(
    g: Any, y: Any, a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    a = np.asarray(a)
    if axis is None:
        return _partition(g, None, a.reshape(-1), kth, -1, kind).reshape(a.shape)
    result = np.zeros(a.shape)
    np.put_along_axis(result, np.argpartition(a, kth, axis, kind), g, axis)
    return result


def _bincount(g: Any, y: Any, x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    return np.asarray(g)[np.asarray(x)]


def _unique(g: Any, y: Any, ar: Any, *args: Any, **kwargs: Any) -> Any:
    """Equal elements share: the first of them stands for all."""
    several = isinstance(y, tuple)
    g = g[0] if several else g
    if g is None:
        return np.zeros(np.shape(ar))
    if args or kwargs.get("axis") is not None:
        raise NoDerivative("unique with arguments by position or along an axis")
    _, first = np.unique(np.asarray(ar), return_index=True)
    result = np.zeros(np.size(ar))
    result[first] = g
    return result.reshape(np.shape(ar))


vjp(operator.getitem, _getitem)
vjp(operator.setitem, _setitem_target, None, _setitem_value)
vjp(np.add.at, lambda g, y, a, indices, b: g, None, _added_at(1.0))
vjp(np.subtract.at, lambda g, y, a, indices, b: g, None, _added_at(-1.0))
vjp(np.take_along_axis, _take_along_axis)
vjp(np.where, None, _where(taken=True), _where(taken=False))
vjp(np.choose, None, _choose)
vjp(np.select, None, _select, _select_default)
vjp(np.sort, _sort)
vjp(np.partition, _partition)
vjp(np.bincount, None, _bincount)
vjp(np.unique, _unique)
for _function in named(np, "unique_values"):
    vjp(_function, _unique)

constant(
    *named(np, "unravel_index ravel_multi_index ix_ diag_indices_from tril_indices_from"),
    *named(np, "triu_indices_from indices diag_indices tril_indices triu_indices mask_indices"),
    because="indices, not values",
)
unsupported(
    *named(np, "put putmask place copyto fill_diagonal put_along_axis"),
    because="it writes into its argument and returns nothing",
)
unsupported(
    *named(np, "sort_complex trim_zeros intersect1d setdiff1d setxor1d union1d unique_all"),
    because="a set of values: the table does not say where each of them came from",
)
