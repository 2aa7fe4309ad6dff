"""Convolution and pooling by loops, right and wrong."""

from __future__ import annotations

import functools

import numpy as np

from .pair import Pair


def conv_forward(x, w, b, stride=1):
    """Convolve images (N,C,H,W) with filters (F,C,k,k)."""
    N, _, H, W = x.shape
    F, _, k, _ = w.shape
    Ho, Wo = (H - k) // stride + 1, (W - k) // stride + 1
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            patch = x[:, :, i * stride : i * stride + k, j * stride : j * stride + k]
            out[:, :, i, j] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, stride)


def conv_backward(dout, cache):
    """Gradients of conv_forward."""
    x, w, b, stride = cache
    k = w.shape[2]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows = slice(i * stride, i * stride + k)
            columns = slice(j * stride, j * stride + k)
            d = dout[:, :, i, j]
            dx[:, :, rows, columns] += np.tensordot(d, w, axes=(1, 0))
            dw += np.tensordot(d, x[:, :, rows, columns], axes=(0, 0))
            db += d.sum(axis=0)
    return dx, dw, db


def conv_backward_no_stride(dout, cache):
    """Do the same, the weights' gradient forgets the stride."""
    x, w, _, stride = cache
    k = w.shape[2]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows = slice(i * stride, i * stride + k)
            columns = slice(j * stride, j * stride + k)
            dx[:, :, rows, columns] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
            patch = x[:, :, i : i + k, j : j + k]  # GL308
            dw += np.tensordot(dout[:, :, i, j], patch, axes=(0, 0))
    return dx, dw, dout.sum(axis=(0, 2, 3))


def conv_backward_square_windows(dout, cache):
    """Do the same, the input's gradient is divided by the window's size."""
    dx, dw, db = conv_backward(dout, cache)
    dx /= cache[1].shape[2] ** 2  # GL203
    return dx, dw, db


def max_pool_forward(x, size=2, stride=2):
    """Maximum over windows of images (N,C,H,W)."""
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - size) // stride + 1, (W - size) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, out, size, stride)


def max_pool_backward(dout, cache):
    """Gradient of max_pool_forward."""
    x, out, size, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            mask = x[at] == out[:, :, i, j][:, :, None, None]
            dx[at] += mask * dout[:, :, i, j][:, :, None, None]
    return dx


def max_pool_backward_overwrites(dout, cache):
    """Do the same, overlapping windows overwrite one another."""
    x, out, size, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            mask = x[at] == out[:, :, i, j][:, :, None, None]
            dx[at] = mask * dout[:, :, i, j][:, :, None, None]  # GL309
    return dx


def mean_pool_forward(x):
    """Global mean of images (N,C,H,W)."""
    return x.mean(axis=(2, 3)), x.shape


def mean_pool_backward(dout, shape):
    """Gradient of mean_pool_forward."""
    return np.broadcast_to(dout[:, :, None, None], shape) / (shape[2] * shape[3])


def mean_pool_backward_sum(dout, shape):
    """Do the same without the division by the window's size."""
    return np.ones(shape) * dout[:, :, None, None]  # GL203


def _conv_inputs(rng):
    return rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 3, 3)) * 0.4, rng.normal(size=4)


def _images(rng):
    return (rng.normal(size=(2, 3, 4, 6)),)


_STRIDED = functools.partial(conv_forward, stride=2)
_OVERLAPPING = functools.partial(max_pool_forward, size=2, stride=1)

PAIRS = [
    Pair("conv", "cache", conv_forward, conv_backward, _conv_inputs),
    Pair("conv stride 2", "cache", _STRIDED, conv_backward, _conv_inputs),
    Pair(
        "conv forgets stride",
        "cache",
        _STRIDED,
        conv_backward_no_stride,
        _conv_inputs,
        False,
        "GL308",
        ("w",),
    ),
    Pair(
        "conv divides by window",
        "cache",
        conv_forward,
        conv_backward_square_windows,
        _conv_inputs,
        False,
        "GL203",
        ("x",),
    ),
    Pair("max pool", "cache", max_pool_forward, max_pool_backward, _images),
    Pair("max pool overlapping", "cache", _OVERLAPPING, max_pool_backward, _images),
    Pair(
        "max pool overwrites",
        "cache",
        _OVERLAPPING,
        max_pool_backward_overwrites,
        _images,
        False,
        "GL309",
        ("x",),
    ),
    Pair("mean pool", "cache", mean_pool_forward, mean_pool_backward, _images),
    Pair(
        "mean pool sums",
        "cache",
        mean_pool_forward,
        mean_pool_backward_sum,
        _images,
        False,
        "GL203",
        ("x",),
    ),
]
