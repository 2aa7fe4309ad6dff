"""Activations and entrywise functions as pairs, in closures, partials and lambdas too."""

from __future__ import annotations

import functools

import numpy as np

from .pair import Pair


def relu_forward(x):
    """Positive part."""
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    """Gradient of relu_forward."""
    return dout * (cache > 0)


def relu_backward_of_gradient(dout, cache):
    """Do the same, masked by the sign of the gradient."""
    return np.where(dout > 0, dout, 0 * cache)  # GL308


def sigmoid(x):
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


def sigmoid_backward(dout, out):
    """Gradient of sigmoid from its output."""
    return dout * out * (1 - out)


def sigmoid_backward_from_input(dout, x):
    """Do the same formula, but called with the input."""
    return dout * x * (1 - x)  # GL301


def sigmoid_backward_twice(dout, out):
    """Take the derivative of sigmoid at its own output."""
    s = sigmoid(out)
    return dout * s * (1 - s)  # GL302


def tanh_slope(x):
    """Slope of tanh."""
    return 1 - np.tanh(x) ** 2


def softplus(x):
    """log(1 + exp(x)), stable."""
    return np.logaddexp(0, x)


def softmax_forward(x):
    """Softmax of each row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p


def softmax_backward(dout, p):
    """Gradient of softmax_forward, whole Jacobian."""
    return p * (dout - np.sum(dout * p, axis=1, keepdims=True))


def softmax_backward_diagonal(dout, p):
    """Only the diagonal of the Jacobian."""
    return dout * p * (1 - p)  # GL311


def make_scaler(shift):
    """Make a forward and a backward function that share a closure."""
    kept = {}

    def forward(x, scale):
        kept["x"], kept["scale"] = x, scale
        return np.tanh(x * scale + shift)

    def backward(dout):
        x, scale = kept["x"], kept["scale"]
        dz = dout * (1 - np.tanh(x * scale + shift) ** 2)
        return dz * scale, (dz * x).sum(axis=0)

    return forward, backward


def make_scaler_wrong(shift):
    """Do the same, its backward forgets the scale."""
    kept = {}

    def forward(x, scale):
        kept["x"], kept["scale"] = x, scale
        return np.tanh(x * scale + shift)

    def backward(dout):
        x, scale = kept["x"], kept["scale"]
        dz = dout * (1 - np.tanh(x * scale + shift) ** 2)
        return dz, (dz * x).sum(axis=0)  # GL399

    return forward, backward


def power_forward(x, w, exponent):
    """Weights times a power of the input."""
    return w * x**exponent


def power_backward(dout, x, w, exponent):
    """Gradients of power_forward."""
    return dout * w * exponent * x ** (exponent - 1), (dout * x**exponent).sum(axis=0)


def _matrix(rng):
    return (rng.normal(size=(5, 4)),)


def _scaled(rng):
    return rng.normal(size=(6, 3)), rng.uniform(0.5, 1.5, 3)


_SCALER = make_scaler(0.3)
_SCALER_WRONG = make_scaler_wrong(0.3)
_CUBE = functools.partial(power_forward, exponent=3)
_CUBE_BACK = functools.partial(power_backward, exponent=3)
_CUBE_BACK_WRONG = functools.partial(power_backward, exponent=2)

PAIRS = [
    Pair("relu", "cache", relu_forward, relu_backward, _matrix),
    Pair(
        "relu of gradient",
        "cache",
        relu_forward,
        relu_backward_of_gradient,
        _matrix,
        False,
        "GL308",
        ("x",),
    ),
    Pair("sigmoid", "output", sigmoid, sigmoid_backward, _matrix),
    Pair(
        "sigmoid from input",
        "arguments",
        sigmoid,
        sigmoid_backward_from_input,
        _matrix,
        False,
        "GL301",
        ("x",),
    ),
    Pair(
        "sigmoid twice",
        "output",
        sigmoid,
        sigmoid_backward_twice,
        _matrix,
        False,
        "GL302",
        ("x",),
    ),
    Pair("tanh", "derivative", np.tanh, tanh_slope, _matrix),
    Pair("softplus", "derivative", softplus, sigmoid, _matrix),
    Pair(
        "softplus with tanh's slope",
        "derivative",
        softplus,
        tanh_slope,
        _matrix,
        False,
        "GL303",
        ("x",),
    ),
    Pair("softmax", "cache", softmax_forward, softmax_backward, _matrix),
    Pair(
        "softmax diagonal",
        "cache",
        softmax_forward,
        softmax_backward_diagonal,
        _matrix,
        False,
        "GL311",
        ("x",),
    ),
    Pair("closure", "state", *_SCALER, _scaled),
    Pair("closure wrong", "state", *_SCALER_WRONG, _scaled, False, "GL399", ("x",)),
    Pair("partial", "arguments", _CUBE, _CUBE_BACK, _scaled),
    Pair(
        "partial wrong",
        "arguments",
        _CUBE,
        _CUBE_BACK_WRONG,
        _scaled,
        False,
        "GL399",
        ("x", "w"),
    ),
    Pair("lambda", "arguments", lambda x: x**2, lambda g, x: 2 * g * x, _matrix),
    Pair(
        "lambda wrong",
        "arguments",
        lambda x: x**2,
        lambda g, x: g * x,
        _matrix,
        False,
        "GL203",
        ("x",),
    ),
]
