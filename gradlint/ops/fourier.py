"""The discrete Fourier transforms, and the parts of complex numbers.

A loss is real, so the cotangent ``g`` of a complex value z means ``dL = Re(sum(g · dz))``, with no
conjugate anywhere.  The rows of holomorphic functions, of products and of sums hold for
complex numbers as they stand then; only a row that takes a complex number apart says something new.
A transform is a symmetric matrix, so its own forward call carries the cotangent back.
"""

# ruff: noqa: ARG001, ARG005  (a rule takes all arguments of its function)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import constant, named, once_imported, unsupported, vjp
from gradlint.ops.elementwise import ufunc

_BACK: dict[Any, Any] = {
    None: "forward",
    "backward": "forward",
    "forward": "backward",
    "ortho": "ortho",
}

# fmt: off
ufunc(np.conjugate,    lambda g, y, x: np.conj(g))
vjp(np.real,           lambda g, y, val: g)
vjp(np.imag,           lambda g, y, val: -1j * g)
vjp(np.angle,          lambda g, y, z, deg=False: -1j * g / z * (180 / np.pi if deg else 1.0))
vjp(np.real_if_close,  lambda g, y, a, tol=100: g)
# fmt: on


def _fitted(g: Any, axis: int, length: int) -> Any:
    """Cut or pad with zeros along an axis, as a transform does with its input."""
    g = np.moveaxis(g, axis, -1)[..., :length]
    missing = length - g.shape[-1]
    if missing:
        g = np.pad(g, [(0, 0)] * (g.ndim - 1) + [(0, missing)])
    return np.moveaxis(g, -1, axis)


def _transform(function: Any) -> Any:
    def rule(
        g: Any, y: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None
    ) -> Any:
        return _fitted(function(g, axis=axis, norm=norm), axis, np.shape(a)[axis])

    return rule


def _transforms(function: Any, every: bool) -> Any:
    def rule(
        g: Any, y: Any, a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None
    ) -> Any:
        return _over_axes(function, g, np.shape(a), s, axes, norm, every)

    return rule


def _over_axes(function: Any, g: Any, shape: Any, s: Any, axes: Any, norm: Any, every: bool) -> Any:
    if axes is None:
        count = len(s) if s is not None else g.ndim if every else 2
        axes = range(-count, 0)
    axes = tuple(axes)
    g = function(g, axes=axes, norm=norm)
    for axis in axes:
        g = _fitted(g, axis, shape[axis])
    return g


def _rfft(
    g: Any, y: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None
) -> Any:
    """Of a real input the second half of the transform is not computed: nothing flows there."""
    n = np.shape(a)[axis] if n is None else n
    whole = np.fft.fft(_fitted(g, axis, n), axis=axis, norm=norm)
    return _fitted(np.real(whole), axis, np.shape(a)[axis])


def _irfft(
    g: Any, y: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None
) -> Any:
    return _of_half(g, axis, norm, np.shape(a)[axis])


def _of_half(g: Any, axis: int, norm: Any, length: int) -> Any:
    """Every frequency but the first and the middle one stands for its mirror image as well."""
    n = np.shape(g)[axis]
    half = np.conj(np.fft.rfft(g, axis=axis, norm=_BACK[norm]))
    twice = np.full(n // 2 + 1, 2.0)
    twice[0] = 1.0
    if n % 2 == 0:
        twice[-1] = 1.0
    flow = np.moveaxis(np.moveaxis(half, axis, -1) * twice, -1, axis)
    return _fitted(flow, axis, length)


def _real_transforms(g: Any, a: Any, s: Any, axes: Any, norm: Any, inverse: bool) -> Any:
    """A real transform of the last axis, then complex ones of the others, or the other way."""
    shape = np.shape(a)
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(-len(shape), 0)
    *rest, last = axes
    if inverse:
        g = _of_half(g, last, norm, shape[last])
    for axis in rest:
        across = np.fft.ifft if inverse else np.fft.fft
        g = _fitted(across(g, axis=axis, norm=norm), axis, shape[axis])
    return g if inverse else _rfft(g, g, a, None if s is None else s[-1], last, norm)


@once_imported("numpy.fft")
def _(fft: Any) -> None:
    vjp(fft.fft, _transform(fft.fft))
    vjp(fft.ifft, _transform(fft.ifft))
    vjp(fft.fft2, _transforms(fft.fftn, every=False))
    vjp(fft.ifft2, _transforms(fft.ifftn, every=False))
    vjp(fft.fftn, _transforms(fft.fftn, every=True))
    vjp(fft.ifftn, _transforms(fft.ifftn, every=True))
    vjp(fft.rfft, _rfft)
    vjp(fft.irfft, _irfft)
    for forward, backward, axes in (
        (fft.rfft2, fft.irfft2, (-2, -1)),
        (fft.rfftn, fft.irfftn, None),
    ):
        for function, inverse in ((forward, False), (backward, True)):
            vjp(function, _real_rule(inverse, axes))
    unsupported(fft.hfft, fft.ihfft, because="the transform of half a spectrum is not held here")
    constant(*named(fft, "fftfreq rfftfreq"), because="frequencies of a grid: no real input")


def _real_rule(inverse: bool, default: Any) -> Any:
    def rule(
        g: Any, y: Any, a: Any, s: Any = None, axes: Any = default, norm: Any = None,
        out: Any = None,
    ) -> Any:  # fmt: skip
        return _real_transforms(g, a, s, axes, norm, inverse)

    return rule
