"""Feed-forward layers as pairs of functions, right and wrong."""

from __future__ import annotations

import numpy as np

from .pair import Pair


def affine_forward(x, w, b):
    """Rows of any shape times weights, plus bias."""
    out = x.reshape(x.shape[0], -1) @ w + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    """Gradients of affine_forward."""
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def affine_backward_one_bias(dout, cache):
    """Do the same, with one number for all biases."""
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = np.full(w.shape[1], dout.sum())  # GL206
    return dx, dw, db


def affine_backward_mean_weights(dout, cache):
    """Do the same, with the batch mean taken of the weights' gradient only."""
    x, w, _ = cache
    flat = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), flat.T @ dout / len(x), dout.sum(0)  # GL202


def affine_backward_by_name(dout, cache):
    """Gradients of affine_forward in a dict keyed like the inputs."""
    x, w, _ = cache
    flat = x.reshape(len(x), -1)
    return {"x": (dout @ w.T).reshape(x.shape), "w": flat.T @ dout, "b": dout.sum(axis=0)}


def affine_backward_other_names(dout, cache):
    """Gradients of affine_forward in a dict keyed unlike the inputs, weights without inputs."""
    x, w, _ = cache
    grads = {}
    grads["grad_bias"] = np.sum(dout, axis=0)
    grads["grad_weight"] = np.ones_like(x.reshape(len(x), -1)).T @ dout  # GL310
    grads["grad_input"] = (dout @ w.T).reshape(x.shape)
    return grads


def affine_backward_into(dout, cache, buffers):
    """Write the gradients of affine_forward into ``buffers``."""
    x, w, _ = cache
    np.copyto(buffers["x"], (dout @ w.T).reshape(x.shape))
    np.matmul(x.reshape(len(x), -1).T, dout, out=buffers["w"])
    np.sum(dout, axis=0, out=buffers["b"])


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Normalise each column over the batch."""
    mu = x.mean(axis=0)
    istd = 1 / np.sqrt(x.var(axis=0) + eps)
    xhat = (x - mu) * istd
    return gamma * xhat + beta, (xhat, istd, gamma)


def batchnorm_backward(dout, cache):
    """Gradients of batchnorm_forward."""
    xhat, istd, gamma = cache
    n = len(dout)
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dx = gamma * istd / n * (n * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta


def batchnorm_backward_no_mean(dout, cache):
    """Do the same without the path through the mean."""
    xhat, istd, gamma = cache
    n = len(dout)
    dgamma = (dout * xhat).sum(axis=0)
    dx = gamma * istd / n * (n * dout - xhat * dgamma)  # GL309
    return dx, dgamma, dout.sum(axis=0)


def layernorm_forward(x, gain, shift):
    """Normalise each row."""
    mu = x.mean(axis=-1, keepdims=True)
    istd = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-6)
    xhat = (x - mu) * istd
    return gain * xhat + shift, (xhat, istd, gain)


def layernorm_backward(dout, cache):
    """Gradients of layernorm_forward."""
    xhat, istd, gain = cache
    g = dout * gain
    dx = istd * (g - g.mean(-1, keepdims=True) - xhat * (g * xhat).mean(-1, keepdims=True))
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def layernorm_backward_plain_gain(dout, cache):
    """Do the same, the gain's gradient lacks the normalised input."""
    xhat, istd, gain = cache
    g = dout * gain
    dx = istd * (g - g.mean(-1, keepdims=True) - xhat * (g * xhat).mean(-1, keepdims=True))
    dgain = dout.sum(axis=0)  # GL310
    return dx, dgain, dout.sum(axis=0)


def dropout_forward(x, p=0.6, seed=3):
    """Inverted dropout with a kept mask."""
    mask = (np.random.default_rng(seed).random(x.shape) < p) / p
    return x * mask, (mask, p)


def dropout_backward(dout, cache):
    """Gradient of dropout_forward."""
    return dout * cache[0]


def dropout_backward_unscaled(dout, cache):
    """Do the same without the division by p."""
    return dout * (cache[0] > 0)  # GL203


def _affine_inputs(rng):
    return rng.normal(size=(6, 2, 2)), rng.normal(size=(4, 3)), rng.normal(size=3)


def _matrix(rng):
    return (rng.normal(size=(5, 4)),)


def _norm_inputs(rng):
    return rng.normal(size=(7, 4)), rng.uniform(0.5, 1.5, 4), rng.normal(size=4)


PAIRS = [
    Pair("affine", "cache", affine_forward, affine_backward, _affine_inputs),
    Pair(
        "affine one bias",
        "cache",
        affine_forward,
        affine_backward_one_bias,
        _affine_inputs,
        False,
        "GL206",
        ("b",),
    ),
    Pair(
        "affine mean of weights",
        "cache",
        affine_forward,
        affine_backward_mean_weights,
        _affine_inputs,
        False,
        "GL202",
        ("w",),
    ),
    Pair("affine dict", "cache", affine_forward, affine_backward_by_name, _affine_inputs),
    Pair(
        "affine dict, other names",
        "cache",
        affine_forward,
        affine_backward_other_names,
        _affine_inputs,
        False,
        "GL310",
        ("w",),
    ),
    Pair("affine buffers", "buffers", affine_forward, affine_backward_into, _affine_inputs),
    Pair("batch norm", "cache", batchnorm_forward, batchnorm_backward, _norm_inputs),
    Pair(
        "batch norm without mean",
        "cache",
        batchnorm_forward,
        batchnorm_backward_no_mean,
        _norm_inputs,
        False,
        "GL309",
        ("x",),
    ),
    Pair("layer norm", "cache", layernorm_forward, layernorm_backward, _norm_inputs),
    Pair(
        "layer norm plain gain",
        "cache",
        layernorm_forward,
        layernorm_backward_plain_gain,
        _norm_inputs,
        False,
        "GL310",
        ("gain",),
    ),
    Pair("dropout", "cache", dropout_forward, dropout_backward, _matrix),
    Pair(
        "dropout unscaled",
        "cache",
        dropout_forward,
        dropout_backward_unscaled,
        _matrix,
        False,
        "GL203",
        ("x",),
    ),
]
