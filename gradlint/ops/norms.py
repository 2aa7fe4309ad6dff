"""``np.linalg.norm`` in all its orders, and its array-API spellings.

A norm has a kink at 0; there the subgradient 0 is taken.
"""

# ruff: noqa: A002, ARG001  (a rule takes all arguments of its function, by their names)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import NoDerivative, named, vjp
from gradlint.ops.elementwise import unless_zero
from gradlint.ops.reductions import kept, spread
from gradlint.ops.statistics import share

_linalg = np.linalg


def _norm(
    g: Any,
    y: Any,
    x: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: Any = False,
) -> Any:
    x = np.asarray(x, dtype=float)
    if axis is None and ord is not None:
        axis = tuple(range(x.ndim))
    if isinstance(axis, (list, tuple)) and len(axis) == 1:
        axis = axis[0]
    if ord in (None, "fro") or (ord == 2 and not isinstance(axis, tuple)):
        return _euclidean(g, y, x, axis)
    if isinstance(axis, tuple):
        return _of_matrix(g, y, x, ord, axis)
    return _of_vector(g, y, x, ord, axis)


def _euclidean(g: Any, y: Any, x: Any, axis: Any) -> Any:
    return spread(g / unless_zero(y), x, axis) * x


def _of_vector(g: Any, y: Any, x: Any, order: Any, axis: Any) -> Any:
    if order == 0:  # counts the elements that are not 0
        return np.zeros(x.shape)
    if order in (np.inf, -np.inf):
        return share(g, y, np.abs(x), axis) * np.sign(x)
    if order == 1:
        return spread(g, x, axis) * np.sign(x)
    ratio = np.abs(x) / unless_zero(spread(y, x, axis))
    slope = np.where(x == 0, 0.0, np.float_power(np.where(x == 0, 1.0, ratio), order - 1))
    return spread(g, x, axis) * np.sign(x) * slope


def _of_matrix(g: Any, y: Any, x: Any, order: Any, axis: tuple[int, int]) -> Any:
    rows, columns = (one % x.ndim for one in axis)
    if order in (1, -1, np.inf, -np.inf):  # the largest or smallest sum of absolute values
        along, across = (rows, columns) if abs(order) == 1 else (columns, rows)
        sums = np.sum(np.abs(x), axis=along, keepdims=True)
        full = kept(x.shape, (rows, columns))
        flow = share(np.reshape(g, full), np.reshape(y, full), sums, across)
        return flow * np.sign(x)
    moved = np.moveaxis(x, (rows, columns), (-2, -1))
    u, values, vt = _linalg.svd(moved, full_matrices=False)
    if order == "nuc":
        weights = np.sign(values)
    else:
        weights = np.zeros(values.shape)
        weights[..., 0 if order == 2 else -1] = 1.0
    flow = np.moveaxis((u * weights[..., None, :]) @ vt, (-2, -1), (rows, columns))
    return spread(g, x, axis) * flow


def _vector_norm(
    g: Any,
    y: Any,
    x: Any,
    /,
    *,
    axis: Any = None,
    keepdims: Any = False,
    ord: Any = 2,
) -> Any:
    """Several axes count as one long vector."""
    x = np.asarray(x, dtype=float)
    if ord == 2:
        return _euclidean(g, y, x, axis)
    return _of_vector(g, y, x, ord, axis)


def _matrix_norm(g: Any, y: Any, x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    return _norm(g, y, x, ord, (-2, -1))


def _order(*_: Any, **__: Any) -> Any:
    raise NoDerivative("the order of a norm as a variable")


vjp(_linalg.norm, _norm, _order)
for _function in named(_linalg, "vector_norm"):
    vjp(_function, _vector_norm, ord=_order)
for _function in named(_linalg, "matrix_norm"):
    vjp(_function, _matrix_norm, ord=_order)
