"""Products of arrays: dot, matmul and their relatives, convolution; ``einsum`` has its own file."""

# ruff: noqa: ARG001, ARG005  (a rule takes all arguments of its function)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import ROWS, NoDerivative, Rule, constant, named, vjp
from gradlint.ops.elementwise import ufunc

# -- dot ------------------------------------------------------------------------------------


def _dot_a(g: Any, y: Any, a: Any, b: Any, out: Any = None) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 2 and nb == 2:
        return np.dot(g, np.transpose(b))
    if na == 0 or nb == 0 or (na == 1 and nb == 1):
        return np.multiply(g, b)
    g = _laid_out(g, a, b)
    if na == 2 and nb == 1:
        return np.multiply.outer(g, np.asarray(b))
    others = [i for i in range(nb) if i != max(nb - 2, 0)]
    return np.tensordot(g, b, axes=(list(range(na - 1, np.ndim(g))), others))


def _laid_out(g: Any, a: Any, b: Any) -> Any:
    """A cotangent with the axes that ``dot`` gives plain arrays: of a matrix it has two always."""
    other = [n for i, n in enumerate(np.shape(b)) if i != max(np.ndim(b) - 2, 0)]
    return np.reshape(np.asarray(g), (*np.shape(a)[:-1], *other))


def _dot_b(g: Any, y: Any, a: Any, b: Any, out: Any = None) -> Any:
    na, nb = np.ndim(a), np.ndim(b)
    if na == 2 and nb == 2:
        return np.dot(np.transpose(a), g)
    if na == 0 or nb == 0 or (na == 1 and nb == 1):
        return np.multiply(g, a)
    rows = list(range(na - 1))
    g = _laid_out(g, a, b)
    if na == 2 and nb == 1:
        return np.dot(np.transpose(np.asarray(a)), g)
    flow = np.tensordot(a, g, axes=(rows, rows))
    return flow if nb < 3 else np.moveaxis(flow, 0, -2)


# -- matmul and its array-API relatives -----------------------------------------------------


def _turned(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _matmul_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return np.multiply(g, b) if np.ndim(a) == 1 else np.expand_dims(g, -1) * np.asarray(b)
    if np.ndim(a) == 1:
        return np.matmul(np.expand_dims(g, -2), _turned(b))[..., 0, :]
    return np.matmul(g, _turned(b))


def _matmul_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 1:
        if np.ndim(b) == 1:
            return np.multiply(g, a)
        return np.expand_dims(a, -1) * np.expand_dims(g, -2)
    if np.ndim(b) == 1:
        return np.matmul(_turned(a), np.expand_dims(g, -1))[..., 0]
    return np.matmul(_turned(a), g)


def _vecdot(other: int) -> Rule:
    def rule(g: Any, y: Any, *args: Any, axis: int = -1, **_: Any) -> Any:
        flow = np.expand_dims(g, -1) * np.moveaxis(args[other], axis, -1)
        # Broadcasting may have put axes in front: count the home axis from the end.
        return np.moveaxis(flow, -1, axis - np.ndim(args[1 - other]) if axis >= 0 else axis)

    return rule


def _outer_last(x: Any, y: Any) -> Any:
    return np.expand_dims(x, -1) * np.expand_dims(y, -2)


# -- inner, outer, tensordot, kron, cross ---------------------------------------------------


def _inner(first: bool) -> Rule:
    def rule(g: Any, y: Any, a: Any, b: Any, /) -> Any:
        yours = b if first else a
        if not np.ndim(a) or not np.ndim(b):
            return np.multiply(g, yours)
        rows = np.ndim(a) - 1
        mine_in_g = range(rows) if first else range(rows, np.ndim(g))
        yours_in_g = [i for i in range(np.ndim(g)) if i not in mine_in_g]
        return np.tensordot(g, yours, axes=(yours_in_g, list(range(np.ndim(yours) - 1))))

    return rule


def _outer_a(g: Any, y: Any, a: Any, b: Any, out: Any = None) -> Any:
    return np.dot(g, np.ravel(b)).reshape(np.shape(a))


def _outer_b(g: Any, y: Any, a: Any, b: Any, out: Any = None) -> Any:
    return np.dot(np.ravel(a), g).reshape(np.shape(b))


def _tensordot(first: bool) -> Rule:
    """Sum over the free axes of the other operand, and put the rest back in its place."""

    def rule(g: Any, y: Any, a: Any, b: Any, axes: Any = 2) -> Any:
        mine, yours = (a, b) if first else (b, a)
        summed_a, summed_b = _axis_lists(axes, np.ndim(a), np.ndim(b))
        my_summed, your_summed = (summed_a, summed_b) if first else (summed_b, summed_a)
        my_free = [i for i in range(np.ndim(mine)) if i not in my_summed]
        your_free = [i for i in range(np.ndim(yours)) if i not in your_summed]
        mine_in_g = list(range(len(my_free))) if first else list(range(-len(my_free), 0))
        yours_in_g = [i for i in range(np.ndim(g)) if i not in {j % np.ndim(g) for j in mine_in_g}]
        flow = np.tensordot(g, yours, axes=(yours_in_g, your_free))  # my free, then your summed
        by_yours = sorted(your_summed)
        order = my_free + [my_summed[your_summed.index(i)] for i in by_yours]
        return flow.transpose(np.argsort(order)) if order else flow

    return rule


def _axis_lists(axes: Any, na: int, nb: int) -> tuple[list[int], list[int]]:
    """``axes`` of tensordot in its long form, without negative numbers."""
    if np.ndim(axes) == 0 and not isinstance(axes, (list, tuple)):
        return list(range(na - int(axes), na)), list(range(int(axes)))
    pairs = [[one] if np.ndim(one) == 0 else list(one) for one in axes]
    return [i % na for i in pairs[0]], [i % nb for i in pairs[1]]


def _kron(first: bool) -> Rule:
    """Axis k of the output counts (axis k of a, axis k of b): split it and sum the other's part."""

    def rule(g: Any, y: Any, a: Any, b: Any) -> Any:
        ndim = max(np.ndim(a), np.ndim(b))
        wide = [np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (a, b)]
        split = [size for pair in zip(wide[0].shape, wide[1].shape, strict=True) for size in pair]
        mine, yours = (0, 1) if first else (1, 0)
        flow = np.tensordot(
            np.reshape(g, split), wide[yours], axes=(range(yours, 2 * ndim, 2), range(ndim))
        )
        return flow.reshape(np.shape((a, b)[mine]))

    return rule


def _cross(first: bool) -> Rule:
    # fmt: off
    def rule(g: Any, y: Any, a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1,
             axis: int | None = None) -> Any:
        # fmt: on
        axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
        if np.shape(a)[axisa] != 3 or np.shape(b)[axisb] != 3:
            raise NoDerivative("the cross product of vectors of two components")
        g = np.moveaxis(g, axisc, -1)
        if first:
            flow, home = np.cross(np.moveaxis(b, axisb, -1), g), axisa - np.ndim(a) * (axisa >= 0)
        else:
            flow, home = np.cross(g, np.moveaxis(a, axisa, -1)), axisb - np.ndim(b) * (axisb >= 0)
        return np.moveaxis(flow, -1, home)

    return rule


# -- convolution in one dimension -----------------------------------------------------------


def _whole(g: Any, n: int, m: int, mode: Any, turned: bool = False) -> Any:
    """Extend the cotangent to the full convolution, of which the program kept a part."""
    long, short = max(n, m), min(n, m)
    size = n + m - 1
    kept = {"full": size, "same": long, "valid": long - short + 1}[_MODES.get(mode, mode)]
    start = (size - kept) // 2
    if turned and n < m:  # correlate swaps a long second argument, and then turns the result
        start = size - kept - start
    result = np.zeros(size)
    result[start : start + kept] = g
    return result


_MODES = {0: "valid", 1: "same", 2: "full"}


def _convolve(first: bool) -> Rule:
    def rule(g: Any, y: Any, a: Any, v: Any, mode: Any = "full") -> Any:
        n, m = np.size(a), np.size(v)
        mine, yours = (a, v) if first else (v, a)
        flow = np.convolve(_whole(g, n, m, mode), np.ravel(yours)[::-1])
        start = np.size(yours) - 1
        return flow[start : start + np.size(mine)].reshape(np.shape(mine))

    return rule


def _correlate(first: bool) -> Rule:
    def rule(g: Any, y: Any, a: Any, v: Any, mode: Any = "valid") -> Any:
        n, m = np.size(a), np.size(v)
        whole = _whole(g, n, m, mode, turned=True)
        if first:
            return np.convolve(whole, np.ravel(v))[m - 1 : m - 1 + n].reshape(np.shape(a))
        flow = np.convolve(whole, np.ravel(a)[::-1])[n - 1 : n - 1 + m]
        return flow[::-1].reshape(np.shape(v))

    return rule


vjp(np.dot, _dot_a, _dot_b)
ufunc(np.matmul, _matmul_a, _matmul_b)
for _function in named(np, "vecdot"):
    vjp(_function, _vecdot(1), _vecdot(0))
for _function in named(np, "matvec"):
    ufunc(
        _function,
        lambda g, y, a, b: _outer_last(g, b),
        lambda g, y, a, b: np.vecdot(_turned(a), np.expand_dims(g, -2)),
    )
for _function in named(np, "vecmat"):
    ufunc(
        _function,
        lambda g, y, a, b: np.vecdot(b, np.expand_dims(g, -2)),
        lambda g, y, a, b: _outer_last(a, g),
    )
vjp(np.inner, _inner(first=True), _inner(first=False))
vjp(np.outer, _outer_a, _outer_b)
vjp(
    np.vdot,
    lambda g, y, a, b: np.reshape(g * np.ravel(b), np.shape(a)),
    lambda g, y, a, b: np.reshape(g * np.ravel(a), np.shape(b)),
)
vjp(np.tensordot, _tensordot(first=True), _tensordot(first=False))
vjp(np.kron, _kron(first=True), _kron(first=False))
vjp(np.cross, _cross(first=True), _cross(first=False))
vjp(np.convolve, _convolve(first=True), _convolve(first=False))
vjp(np.correlate, _correlate(first=True), _correlate(first=False))
constant(np.einsum_path, because="a plan of contraction, not a value")

# NumPy's second spellings, for the array-API standard.
for _name in ("matmul", "outer", "tensordot", "vecdot"):
    for _function in named(np.linalg, _name):
        if _function not in ROWS:
            vjp(_function, *ROWS[getattr(np, _name)].rules)
for _function in named(np.linalg, "cross"):
    vjp(
        _function,
        lambda g, y, a, b, /, *, axis=-1: _cross(first=True)(g, y, a, b, axis=axis),
        lambda g, y, a, b, /, *, axis=-1: _cross(first=False)(g, y, a, b, axis=axis),
    )
