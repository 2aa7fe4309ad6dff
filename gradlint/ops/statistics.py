"""Extrema, averages, spreads and order statistics, and their variants that step over nan.

Where several elements are the extremum they share its gradient evenly: the one choice that does
not depend on the order in memory, and for two of them what central differences say.
"""

# ruff: noqa: ARG001  (a rule takes all arguments of its function)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import NoDerivative, Rule, constant, named, unsupported, vjp
from gradlint.ops.elementwise import unless_zero
from gradlint.ops.reductions import backward_sum, count, lines_of, masked, product_of_others
from gradlint.ops.reductions import spread as _spread


def share(g: Any, y: Any, x: Any, axis: Any, where: Any = True) -> Any:
    """Share the cotangent of an extremum ``y`` among the elements that equal it."""
    reached = np.equal(x, _spread(y, x, axis)) & where
    ties = np.sum(reached, axis=axis, keepdims=True)
    return np.where(reached, _spread(g, x, axis) / np.maximum(ties, 1), 0.0)


# fmt: off
def _extremum(g: Any, y: Any, a: Any, axis: Any = None, out: Any = None, keepdims: Any = False,
              initial: Any = None, where: Any = True) -> Any:
    return share(g, y, a, axis, where)


def _extremum_reduce(g: Any, y: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
                     keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
    return share(g, y, array, axis, where)


def _initial(g: Any, y: Any, a: Any, axis: Any = None, out: Any = None, keepdims: Any = False,
             initial: Any = None, where: Any = True) -> Any:
    return np.where(np.equal(y, initial), g, 0.0)


def _initial_reduce(g: Any, y: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
                    keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
    return np.where(np.equal(y, initial), g, 0.0)


def _ptp(g: Any, y: Any, a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    return share(g, np.max(a, axis=axis), a, axis) - share(g, np.min(a, axis=axis), a, axis)


def _deviation(root: bool) -> Rule:
    """``var`` and ``std``; where all elements are equal, ``std`` takes the subgradient 0."""

    def rule(g: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
             ddof: Any = 0, keepdims: Any = False, *, where: Any = True, mean: Any = None,
             correction: Any = None) -> Any:
        n = count(a, axis, where) - (ddof if correction is None else correction)
        given = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
        if root:
            g = g / unless_zero(y) / 2.0
        return masked(_spread(g, a, axis) * (2.0 / n) * np.subtract(a, given), where)

    return rule


def _deviation_mean(root: bool) -> Rule:
    """Treat a mean that the program hands in as an argument of its own."""
    inner = _deviation(root)

    def rule(g: Any, y: Any, a: Any, axis: Any = None, *rest: Any, **kwargs: Any) -> Any:
        return -np.sum(inner(g, y, a, axis, *rest, **kwargs), axis=axis, keepdims=True)

    return rule


def _average(g: Any, y: Any, a: Any, axis: Any = None, weights: Any = None,
             returned: Any = False, *, keepdims: Any = False) -> Any:
    g = g[0] if returned else g
    if g is None:
        return np.zeros(np.shape(a))
    if weights is None:
        return _spread(g / count(a, axis, where=True), a, axis)
    weights = _aligned(weights, a, axis)
    return _spread(g, a, axis) * weights / np.sum(weights, axis=axis, keepdims=True)


def _average_weights(g: Any, y: Any, a: Any, axis: Any = None, weights: Any = None,
                     returned: Any = False, *, keepdims: Any = False) -> Any:
    if returned:
        if g[1] is not None:
            raise NoDerivative("the sum of weights that average returned is used further on")
        g, y = g[0], y[0]
    total = np.sum(_aligned(weights, a, axis), axis=axis, keepdims=True)
    full = _spread(g, a, axis) * (np.asarray(a) - _spread(y, a, axis)) / total
    if np.shape(weights) == np.shape(a):
        return full
    axes = [one % np.ndim(a) for one in (axis if type(axis) is tuple else (axis,))]
    full = full.sum(axis=tuple(i for i in range(np.ndim(a)) if i not in axes))
    return full.transpose(np.argsort(np.argsort(axes)))
# fmt: on


def _aligned(weights: Any, a: Any, axis: Any) -> Any:
    """Weights of the shape of ``a``: given in full, or for the averaged axes in their order."""
    weights = np.asarray(weights)
    if weights.shape == np.shape(a):
        return weights
    axes = axis if type(axis) is tuple else (axis,)
    axes = tuple(one % np.ndim(a) for one in axes)
    weights = weights.transpose(np.argsort(axes))
    others = [i for i in range(np.ndim(a)) if i not in axes]
    return np.broadcast_to(np.expand_dims(weights, others), np.shape(a))


def _median(g: Any, y: Any, a: Any, axis: Any = None, *_: Any, **__: Any) -> Any:
    """Give all to the middle element, or half to each of the middle two."""
    return _at_ranks(g, np.asarray(a, dtype=float), axis, lambda n: ((n - 1) // 2, n // 2))


def _at_ranks(g: Any, a: Any, axis: Any, ranks: Any) -> Any:
    if np.isnan(a).any():
        raise NoDerivative("the median of numbers that hold a nan is nan")
    axes = tuple(range(a.ndim)) if axis is None else axis if type(axis) is tuple else (axis,)
    axes = tuple(one % a.ndim for one in axes)
    order = [*(i for i in range(a.ndim) if i not in axes), *axes]
    moved = a.transpose(order)
    lines = moved.reshape(*moved.shape[: a.ndim - len(axes)], -1)
    rank_of_element = np.argsort(np.argsort(lines, axis=-1, kind="stable"), axis=-1)
    low, high = ranks(lines.shape[-1])
    share_of = ((rank_of_element == low) * 0.5 + (rank_of_element == high) * 0.5).reshape(
        moved.shape
    )
    return _spread(g, a, axis) * share_of.transpose(np.argsort(order))


def _skipping_nan(rule: Rule) -> Rule:
    """Make of the rule of a reduction that of its nan variant: nan is left out by ``where=``."""

    def of_nan_variant(g: Any, y: Any, a: Any, *args: Any, where: Any = True, **kwargs: Any) -> Any:
        numbers = ~np.isnan(a)
        a = np.where(numbers, a, 0.0)
        return np.where(numbers, rule(g, y, a, *args, where=numbers & where, **kwargs), 0.0)

    return of_nan_variant


def _nansum(g: Any, y: Any, a: Any, axis: Any = None, *_: Any, where: Any = True, **__: Any) -> Any:
    return masked(_spread(g, a, axis), where)


def _nanmean(
    g: Any, y: Any, a: Any, axis: Any = None, *_: Any, where: Any = True, **__: Any
) -> Any:
    return masked(_spread(g, a, axis) / count(a, axis, where), where)


def _nanprod(
    g: Any, y: Any, a: Any, axis: Any = None, *_: Any, where: Any = True, **__: Any
) -> Any:
    others = product_of_others(np.where(where, a, 1.0), axis)
    return masked(_spread(g, a, axis) * others, where)


def _nancumsum(g: Any, y: Any, a: Any, axis: Any = None, *_: Any, **__: Any) -> Any:
    lines, along = lines_of(a, axis)
    flow = backward_sum(np.reshape(g, lines.shape), along).reshape(np.shape(a))
    return np.where(np.isnan(a), 0.0, flow)


def _running_extremum(g: Any, y: Any, array: Any, axis: int = 0, *_: Any, **__: Any) -> Any:
    """Each running extremum comes from the last element that reached it."""
    x = np.moveaxis(np.asarray(array), axis, -1)
    g, y = np.moveaxis(g, axis, -1), np.moveaxis(y, axis, -1)
    places = np.where(x == y, np.arange(x.shape[-1]), 0)
    source = np.maximum.accumulate(places, axis=-1)
    result = np.zeros(x.shape)
    where = np.indices(x.shape)
    np.add.at(result, (*where[:-1], source), g)
    return np.moveaxis(result, -1, axis)


for _function in {np.max, np.min, np.amax, np.amin}:
    vjp(_function, _extremum, None, None, None, _initial)
for _ufunc in (np.maximum, np.minimum, np.fmax, np.fmin):
    vjp(_ufunc.reduce, _extremum_reduce, None, None, None, None, _initial_reduce)
    vjp(_ufunc.accumulate, _running_extremum)
vjp(np.ptp, _ptp)
vjp(np.var, _deviation(root=False), mean=_deviation_mean(root=False))
vjp(np.std, _deviation(root=True), mean=_deviation_mean(root=True))
vjp(np.average, _average, None, _average_weights)
vjp(np.median, _median)
vjp(np.nansum, _skipping_nan(_nansum))
vjp(np.nanmean, _skipping_nan(_nanmean))
vjp(np.nanprod, _skipping_nan(_nanprod))
vjp(np.nanmax, _skipping_nan(_extremum))
vjp(np.nanmin, _skipping_nan(_extremum))
vjp(np.nanvar, _skipping_nan(_deviation(root=False)))
vjp(np.nanstd, _skipping_nan(_deviation(root=True)))
vjp(np.nancumsum, _nancumsum)

constant(
    *named(np, "argmax argmin argsort argpartition argwhere nonzero flatnonzero count_nonzero"),
    *named(np, "nanargmax nanargmin searchsorted digitize lexsort"),
    *named(np, "unique_counts unique_inverse histogram_bin_edges"),
    because="positions and counts: they jump, and have derivative 0 between the jumps",
)
constant(
    *named(np, "histogram histogram2d histogramdd"),
    because="counts do not change with the samples, but for jumps",
)
unsupported(
    *named(np, "percentile quantile nanpercentile nanquantile nanmedian nancumprod"),
    because="of the order statistics the table holds median, max and min",
)
unsupported(
    *named(np, "cov corrcoef gradient"),
    because="the table does not hold it; written out in products and sums it differentiates",
)
