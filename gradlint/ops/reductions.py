"""Sums, products, differences: functions that fold numbers along axes.

Order statistics and spreads are in ``statistics``; norms in ``norms``.
"""

# ruff: noqa: ARG001  (a rule takes all arguments of its function)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import NoDerivative, Rule, named, vjp


def spread(g: Any, x: Any, axis: Any) -> Any:
    """Give the cotangent of a reduction back to every element that went into it (a view).

    Whether the reduction kept its axes as ones does not matter: here they are kept in any case.
    """
    shape = np.shape(x)
    if axis is not None:
        g = np.reshape(g, kept(shape, axis))
    return np.broadcast_to(g, shape)


def kept(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """Give the shape of a reduction of these axes that keeps them as ones."""
    if axis is None:
        return (1,) * len(shape)
    sizes = list(shape)
    if shape:
        for one in axis if type(axis) is tuple else (axis,):
            sizes[one] = 1
    return tuple(sizes)


def masked(values: Any, where: Any) -> Any:
    """Keep the values that took part; 0 elsewhere."""
    return values if where is True else np.where(where, values, 0.0)


def count(x: Any, axis: Any, where: Any) -> Any:
    """Count the elements that went into each output, with the reduced axes kept as ones."""
    shape = np.shape(x)
    if where is not True:
        return np.sum(np.broadcast_to(where, shape), axis=axis, keepdims=True)
    result = 1
    for size, one in zip(shape, kept(shape, axis), strict=True):
        result *= size // one if one == 1 else 1
    return result


# Reductions name their arguments in the same order; `axis` alone differs in its default.
# fmt: off
def _sum(g: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
         keepdims: Any = False, initial: Any = 0, where: Any = True) -> Any:
    return masked(spread(g, a, axis), where)


def _mean(g: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
          keepdims: Any = False, *, where: Any = True) -> Any:
    if where is True:
        return spread(g / count(a, axis, where), a, axis)
    return masked(spread(g, a, axis) / count(a, axis, where), where)


def _prod(g: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
          keepdims: Any = False, initial: Any = 1, where: Any = True) -> Any:
    """Each factor gets the product of the others, also where some factor is 0."""
    factors = np.where(where, a, 1)
    others = spread(g, a, axis) * initial * product_of_others(factors, axis)
    return masked(others, where)


def _add_reduce(g: Any, y: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
                keepdims: Any = False, initial: Any = 0, where: Any = True) -> Any:
    return masked(spread(g, array, axis), where)


def _multiply_reduce(g: Any, y: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
                     keepdims: Any = False, initial: Any = 1, where: Any = True) -> Any:
    initial = 1 if initial is None else initial
    return _prod(g, y, array, axis, dtype, out, keepdims, initial, where)
# fmt: on


def _initial(g: Any, *_: Any, **__: Any) -> Any:
    """Serve what a sum starts from: it goes into every output, and the engine adds up."""
    return g


def _initial_factor(
    g: Any,
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = 1,
    where: Any = True,
) -> Any:
    return np.reshape(g, kept(np.shape(a), axis)) * np.prod(
        a, axis=axis, keepdims=True, where=where
    )


def _reduce_initial_factor(g: Any, y: Any, array: Any, axis: Any = 0, *rest: Any, **kw: Any) -> Any:
    return _initial_factor(g, y, array, axis, *rest, **kw)


def product_of_others(x: Any, axis: Any) -> Any:
    """Multiply, for each element, all the others along the axes: no division, so no 0/0."""
    x = np.asarray(x, dtype=float)
    if not x.ndim:
        return np.ones(())
    axes = tuple(range(x.ndim)) if axis is None else axis if type(axis) is tuple else (axis,)
    axes = tuple(one % x.ndim for one in axes)
    rest = [i for i in range(x.ndim) if i not in axes]
    order = [*rest, *axes]
    moved = x.transpose(order)
    lines = moved.reshape(*(x.shape[i] for i in rest), -1)
    before = np.ones_like(lines)
    before[..., 1:] = np.cumprod(lines[..., :-1], axis=-1)
    after = np.ones_like(lines)
    after[..., :-1] = np.cumprod(lines[..., :0:-1], axis=-1)[..., ::-1]
    return (before * after).reshape(moved.shape).transpose(np.argsort(order))


def lines_of(x: Any, axis: Any) -> tuple[Any, int]:
    """Find the axis to run along: ``axis=None`` runs along the flattened array."""
    x = np.asarray(x)
    return (x.reshape(-1), 0) if axis is None or not x.ndim else (x, axis)


def backward_sum(g: Any, axis: int) -> Any:
    """Sum at each place this and all later cotangents: the transpose of ``cumsum``."""
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


def _cumsum(g: Any, y: Any, a: Any, axis: Any = None, *_: Any, **__: Any) -> Any:
    lines, along = lines_of(a, axis)
    return backward_sum(np.reshape(g, lines.shape), along).reshape(np.shape(a))


def _cumprod(g: Any, y: Any, a: Any, axis: Any = None, *_: Any, **__: Any) -> Any:
    """∂yₖ/∂xᵢ is the product of the other factors up to k: row by row, so zeros do no harm."""
    lines, along = lines_of(a, axis)
    x = np.moveaxis(lines, along, -1).astype(float)
    g = np.moveaxis(np.reshape(g, lines.shape), along, -1)
    result, tail = np.zeros(x.shape), np.zeros(x.shape[:-1])
    before = np.cumprod(x, axis=-1)
    for i in range(x.shape[-1] - 1, -1, -1):
        tail = g[..., i] + (tail * x[..., i + 1] if i + 1 < x.shape[-1] else 0.0)
        result[..., i] = tail * (before[..., i - 1] if i else 1.0)
    return np.moveaxis(result, -1, along).reshape(np.shape(a))


def _cumulative(rule: Rule) -> Rule:
    """Serve the array-API spelling: the axis by name, and an optional leading 0 or 1."""

    def of_cumulative(
        g: Any, y: Any, x: Any, /, *, axis: Any = None, include_initial: bool = False, **_: Any
    ) -> Any:
        if include_initial:
            g = np.moveaxis(np.moveaxis(g, axis or 0, 0)[1:], 0, axis or 0)
        return rule(g, y, x, axis)

    return of_cumulative


def _accumulate(rule: Rule) -> Rule:
    def of_accumulate(g: Any, y: Any, array: Any, axis: Any = 0, *_: Any, **__: Any) -> Any:
        return rule(g, y, array, axis)

    return of_accumulate


# fmt: off
def _diff(g: Any, y: Any, a: Any, n: int = 1, axis: int = -1,
          prepend: Any = None, append: Any = None) -> Any:
    whole = _undiff(g, n, axis)
    start = 0 if prepend is None else _thickness(prepend, a, axis)
    return np.moveaxis(np.moveaxis(whole, axis, 0)[start : start + np.shape(a)[axis]], 0, axis)


def _diff_end(last: bool) -> Rule:
    def rule(g: Any, y: Any, a: Any, n: int = 1, axis: int = -1,
             prepend: Any = None, append: Any = None) -> Any:
        thick = _thickness(append if last else prepend, a, axis)
        whole = np.moveaxis(_undiff(g, n, axis), axis, 0)
        return np.moveaxis(whole[-thick:] if last else whole[:thick], 0, axis)

    return rule
# fmt: on


def _undiff(g: Any, n: int, axis: int) -> Any:
    """Transpose n-fold differencing: minus the difference of the zero-padded cotangent."""
    g = np.moveaxis(g, axis, 0)
    zero = np.zeros((1, *g.shape[1:]))
    for _ in range(n):
        g = -np.diff(np.concatenate([zero, g, zero]), axis=0)
    return np.moveaxis(g, 0, axis)


def _thickness(extra: Any, a: Any, axis: int) -> int:
    return 1 if np.ndim(extra) == 0 else int(np.shape(extra)[axis % np.ndim(a)])


def _ediff1d(g: Any, y: Any, ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    start, size = np.size(to_begin) if to_begin is not None else 0, np.size(ary) - 1
    return _undiff(g[start : start + size], 1, 0).reshape(np.shape(ary))


def _ediff1d_end(g: Any, y: Any, ary: Any, to_end: Any, to_begin: Any = None) -> Any:
    return np.reshape(g[-np.size(to_end) :], np.shape(to_end))


def _ediff1d_begin(g: Any, y: Any, ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    return np.reshape(g[: np.size(to_begin)], np.shape(to_begin))


def _widths(x: Any, dx: Any, axis: int, ndim: int) -> Any:
    if x is None:
        return np.asarray(dx)
    widths = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
    if np.ndim(x) == 1 and ndim:
        widths = widths.reshape((-1,) + (1,) * (ndim - 1 - axis % ndim))
    return widths


def _trapezoid(g: Any, _: Any, /, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Each sample stands in the trapezoid before it and in the one after it."""
    shape = list(np.shape(y))
    shape[axis] -= 1
    half = np.broadcast_to(np.expand_dims(g, axis) * _widths(x, dx, axis, len(shape)) / 2.0, shape)
    half = np.moveaxis(half, axis, 0)
    zero = np.zeros((1, *half.shape[1:]))
    return np.moveaxis(np.concatenate([zero, half]) + np.concatenate([half, zero]), 0, axis)


def _trapezoid_x(g: Any, _: Any, /, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    heights = np.moveaxis(np.asarray(y, dtype=float), axis, 0)
    flow = np.moveaxis(_undiff(np.asarray(g) * (heights[1:] + heights[:-1]) / 2.0, 1, 0), 0, axis)
    if np.ndim(x) == 1:
        return np.moveaxis(flow, axis, -1)
    if np.shape(x) != np.shape(y):
        raise NoDerivative("trapezoid's x has neither one axis nor the shape of y")
    return flow


def _trapezoid_dx(g: Any, _: Any, /, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    heights = np.moveaxis(np.asarray(y, dtype=float), axis, 0)
    pairs = (heights[1:] + heights[:-1]) / 2.0
    if x is not None:
        return np.zeros(np.shape(dx))
    if np.ndim(dx):
        raise NoDerivative("trapezoid with several variable steps dx")
    return np.sum(np.asarray(g) * pairs)


vjp(np.sum, _sum, None, None, None, None, _initial)
vjp(np.mean, _mean)
vjp(np.prod, _prod, None, None, None, None, _initial_factor)
vjp(np.cumsum, _cumsum)
vjp(np.cumprod, _cumprod)
vjp(np.diff, _diff, None, None, _diff_end(last=False), _diff_end(last=True))
vjp(np.ediff1d, _ediff1d, _ediff1d_end, _ediff1d_begin)
vjp(np.trapezoid, _trapezoid, _trapezoid_x, _trapezoid_dx)
for _function in named(np, "cumulative_sum"):
    vjp(_function, _cumulative(_cumsum))
for _function in named(np, "cumulative_prod"):
    vjp(_function, _cumulative(_cumprod))

vjp(np.add.reduce, _add_reduce, None, None, None, None, _initial)
vjp(np.multiply.reduce, _multiply_reduce, None, None, None, None, _reduce_initial_factor)
vjp(np.add.accumulate, _accumulate(_cumsum))
vjp(np.multiply.accumulate, _accumulate(_cumprod))
