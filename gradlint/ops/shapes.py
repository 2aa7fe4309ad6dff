"""Functions that move elements, repeat them or leave them out, without calculating.

Most need no formula: the function is applied to the *numbers of the elements*, and what it does
with them says where each cotangent belongs (:func:`origins`).  The common ones are spelled out
because they are called in every step.
"""

# ruff: noqa: ARG001, ARG005  (a rule takes all arguments of its function)

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradlint.ops import NoDerivative, Rule, named, once_imported, vjp


def scatter(g: Any, numbers: Any, size: int) -> Any:
    """Sum the cotangents by element number, which counts from 1; 0 is padding and goes nowhere."""
    if np.iscomplexobj(g):
        return scatter(np.real(g), numbers, size) + 1j * scatter(np.imag(g), numbers, size)
    flat = np.asarray(numbers).reshape(-1)
    weights = np.broadcast_to(g, np.shape(numbers)).reshape(-1)
    return np.bincount(flat, weights=weights, minlength=size + 1)[1:]


def numbered(x: Any, first: int = 1) -> Any:
    """Give the elements of ``x`` their numbers, in its shape."""
    shape = np.shape(x)
    return np.arange(first, first + math.prod(shape)).reshape(shape)


def origins(function: Any, position: int = 0) -> Rule:
    """Make the rule of a function that moves the elements of the argument at ``position``."""

    def rule(g: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
        x = args[position]
        args = (*args[:position], numbered(x), *args[position + 1 :])
        moved = function(*args, **kwargs)
        size = math.prod(np.shape(x))
        if isinstance(moved, (list, tuple)):
            pairs = [(part, one) for part, one in zip(g, moved, strict=True) if part is not None]
            flow = sum((scatter(part, one, size) for part, one in pairs), np.zeros(size))
        else:
            flow = scatter(g, moved, size)
        return flow.reshape(np.shape(x))

    return rule


def _reshape(g: Any, y: Any, a: Any, shape: Any = None, order: Any = "C", **_: Any) -> Any:
    if order == "A":
        order = "F" if np.isfortran(np.asarray(a)) else "C"
    return np.reshape(g, np.shape(a), order=order)


def _ravel(g: Any, y: Any, a: Any, order: Any = "C") -> Any:
    if order == "K" and not np.asarray(a).flags.c_contiguous:
        raise NoDerivative("ravel in the order of the memory")
    return _reshape(g, y, a, None, "C" if order == "K" else order)


def _transpose(g: Any, y: Any, a: Any, axes: Any = None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, np.argsort([i % np.ndim(a) for i in axes]))


def _in_place_of(g: Any, y: Any, x: Any, *_: Any, **__: Any) -> Any:
    """Keep the elements in their order: only the shape changed."""
    return np.reshape(g, np.shape(x))


def _atleast(position: int, g: Any, y: Any, *arrays: Any) -> Any:
    flow = g[position] if len(arrays) > 1 else g
    shape = np.shape(arrays[position])
    return np.zeros(shape) if flow is None else np.reshape(flow, shape)


def _broadcast_to(g: Any, *_: Any, **__: Any) -> Any:
    return g


def _broadcast_arrays(position: int, g: Any, y: Any, *arrays: Any, **_: Any) -> Any:
    return np.zeros(np.shape(arrays[position])) if g[position] is None else g[position]


def _meshgrid(position: int, g: Any, y: Any, *xi: Any, indexing: str = "xy", **_: Any) -> Any:
    if g[position] is None:
        return np.zeros(np.shape(xi[position]))
    axis = 1 - position if indexing == "xy" and position < 2 and len(xi) > 1 else position
    others = tuple(i for i in range(np.ndim(g[position])) if i != axis)
    return np.sum(g[position], axis=others).reshape(np.shape(xi[position]))


def _as_strided(
    g: Any, y: Any, x: Any, shape: Any = None, strides: Any = None, *_: Any, **__: Any
) -> Any:
    """Lay the same windows over element numbers in memory of the same layout."""
    x = np.asarray(x)
    if not x.flags.c_contiguous:
        raise NoDerivative("as_strided of an array that is not contiguous")
    numbers = numbered(x)
    wide = None if strides is None else [s * numbers.itemsize // x.itemsize for s in strides]
    windows = np.lib.stride_tricks.as_strided(numbers, shape, wide)
    return scatter(g, windows, x.size).reshape(x.shape)


def _pad(g: Any, y: Any, array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    if mode == "constant" and not isinstance(pad_width, dict):
        before = np.broadcast_to(pad_width, (np.ndim(array), 2))[:, 0]
        inside = zip(before, np.shape(array), strict=True)
        return g[tuple(slice(start, start + size) for start, size in inside)]
    kwargs.pop("constant_values", None)
    gathers = mode in ("constant", "edge", "reflect", "symmetric", "wrap")
    if not gathers or kwargs.get("reflect_type", "even") != "even":
        raise NoDerivative(f"padding of mode {mode!r}, whose borders are calculated")
    return origins(np.pad)(g, y, array, pad_width, mode, **kwargs)


def _pad_values(
    g: Any, y: Any, array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any
) -> Any:
    """One value for all borders gets what did not come from the array."""
    if np.ndim(constant_values) != 0:
        raise NoDerivative("several padding values that are themselves variables")
    return np.sum(g) - np.sum(_pad(g, y, array, pad_width, mode))


def _trace(
    g: Any, y: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, *_: Any, **__: Any
) -> Any:
    numbers = np.diagonal(numbered(a), offset, axis1, axis2)
    return scatter(np.expand_dims(g, -1), numbers, math.prod(np.shape(a))).reshape(np.shape(a))


# fmt: off
vjp(np.reshape,            _reshape)
vjp(np.ravel,              _ravel)
vjp(np.ndarray.flatten,    _ravel)
vjp(np.transpose,          _transpose)
vjp(np.swapaxes,           lambda g, y, a, axis1, axis2: np.swapaxes(g, axis1, axis2))
vjp(np.moveaxis,           lambda g, y, a, source, destination: np.moveaxis(g, destination, source))
vjp(np.rollaxis,           origins(np.rollaxis))
vjp(np.expand_dims,        _in_place_of)
vjp(np.squeeze,            _in_place_of)
vjp(np.atleast_1d,         each=_atleast)
vjp(np.atleast_2d,         each=_atleast)
vjp(np.atleast_3d,         each=_atleast)
vjp(np.broadcast_to,       _broadcast_to)
vjp(np.broadcast_arrays,   each=_broadcast_arrays)
vjp(np.meshgrid,           each=_meshgrid)
vjp(np.flip,               lambda g, y, m, axis=None: np.flip(g, axis))
vjp(np.fliplr,             lambda g, y, m: np.fliplr(g))
vjp(np.flipud,             lambda g, y, m: np.flipud(g))
vjp(np.triu,               lambda g, y, m, k=0: np.triu(g, k))
vjp(np.trace,              _trace)
vjp(np.pad,                _pad, constant_values=_pad_values)
vjp(np.copy,               lambda g, y, a, *_, **__: g)
vjp(np.ndarray.copy,       lambda g, y, a, *_, **__: g)
vjp(np.ndarray.astype,     lambda g, y, a, *_, **__: g)
# A number, an array or a nested list of them becomes an array of the same layout.
vjp(np.array,              _in_place_of)
vjp(np.asarray,            _in_place_of)
vjp(np.asanyarray,         _in_place_of)
vjp(np.ascontiguousarray,  _in_place_of)
vjp(np.asfortranarray,     _in_place_of)
vjp(np.require,            _in_place_of)
vjp(np.tril,               lambda g, y, m, k=0: np.tril(g, k))
# fmt: on

for _function in named(np, "astype"):
    vjp(_function, lambda g, y, x, *_, **__: g)
for _function in {*named(np, "matrix_transpose"), *named(np.linalg, "matrix_transpose")}:
    vjp(_function, lambda g, y, x: np.swapaxes(g, -1, -2))
for _function in named(
    np,
    "roll rot90 tile repeat resize delete diag diagonal diagflat split array_split hsplit vsplit "
    "dsplit unstack take",
):
    vjp(_function, origins(_function))
vjp(np.compress, None, origins(np.compress, 1))
vjp(np.extract, None, origins(np.extract, 1))
vjp(np.lib.stride_tricks.as_strided, _as_strided)
vjp(np.lib.stride_tricks.sliding_window_view, origins(np.lib.stride_tricks.sliding_window_view))


@once_imported("numpy.fft")
def _(fft: Any) -> None:
    for shift in (fft.fftshift, fft.ifftshift):
        vjp(shift, origins(shift))
