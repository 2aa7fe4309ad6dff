"""The methods of ufuncs: ``np.add.reduce`` and its like, ``np.multiply.outer``.

``reduce`` of sums, products and extrema stands beside ``np.sum``, ``np.prod``, ``np.max``.
"""

# ruff: noqa: ARG001  (a rule takes all arguments of its function)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import ROWS, NoDerivative, Rule, constant, named, unsupported, vjp
from gradlint.ops import elementwise as _elementwise  # noqa: F401  (its rows are read below)
from gradlint.ops.reductions import masked, spread


def _outer(ufunc: np.ufunc, position: int) -> Rule:
    """``outer`` is the ufunc on arrays set along different axes; the other's axes are summed."""

    def rule(g: Any, y: Any, a: Any, b: Any, /, **kwargs: Any) -> Any:
        inner = ROWS[ufunc].rules[position]
        assert inner is not None
        wide = np.reshape(a, np.shape(a) + (1,) * np.ndim(b))
        flow = np.broadcast_to(inner(g, y, wide, b, **kwargs), np.shape(y))
        ndim = np.ndim(a)
        return flow.sum(axis=tuple(range(ndim)) if position else tuple(range(ndim, flow.ndim)))

    return rule


# fmt: off
def _logaddexp_reduce(g: Any, y: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
                      keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
    return masked(spread(g, array, axis) * np.exp(array - spread(y, array, axis)), where)


def _subtract_reduce(g: Any, y: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
                     keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
    """Add the first and subtract the others; subtract all of them from an initial value."""
    if where is not True:
        raise NoDerivative("subtract.reduce with a mask")
    flow = -np.array(spread(g, array, axis), dtype=float)
    if initial is None and flow.ndim:
        np.moveaxis(flow, axis, 0)[0] *= -1.0
    return flow
# fmt: on


def _add_reduceat(
    g: Any, y: Any, array: Any, indices: Any, axis: int = 0, *_: Any, **__: Any
) -> Any:
    """Segment k runs from index k to the next one; where that is not greater, it is one element."""
    starts = np.asarray(indices)
    size = np.shape(array)[axis]
    ends = np.append(starts[1:], size)
    ends = np.where(ends > starts, ends, starts + 1)
    result = np.zeros(np.shape(array))
    lines, flow = np.moveaxis(result, axis, 0), np.moveaxis(g, axis, 0)
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        lines[start:end] += flow[k]
    return result


for _ufunc in (
    np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.hypot,
    np.arctan2, np.logaddexp,
):  # fmt: skip
    vjp(_ufunc.outer, _outer(_ufunc, 0), _outer(_ufunc, 1), domain=ROWS[_ufunc].domain)
vjp(np.logaddexp.reduce, _logaddexp_reduce)
vjp(np.subtract.reduce, _subtract_reduce, None, None, None, None, lambda g, *_, **__: g)
vjp(np.add.reduceat, _add_reduceat)

for _truth in named(
    np, "logical_and logical_or equal not_equal less less_equal greater greater_equal"
):
    constant(_truth.reduce, _truth.accumulate, _truth.outer, because="truth values")
unsupported(
    *(u.at for u in (np.multiply, np.divide, np.maximum, np.minimum, np.power)),
    because="of the writes in place at repeated indices the table holds add.at and subtract.at",
)
