"""Cases that gradient checkers call wrongly: right ones that look wrong, wrong ones that hide.

Where ``mistake`` is a code and ``wrong_names`` is empty, the gradients may be right and the pair is
still at fault: it must be refused by that name before anything is compared.
"""

from __future__ import annotations

import numpy as np

from .pair import Pair


def offset_loss(w, X, y):
    """Mean logistic loss of labels ±1 plus a million."""
    m = y * (X @ w)
    return 1e6 + np.logaddexp(0, -m).mean()


def mean_gradient(w, X, y):
    """Gradient of the mean logistic loss."""
    return -X.T @ (y / (1 + np.exp(y * (X @ w)))) / len(y)


def sum_gradient(w, X, y):
    """Gradient of the summed logistic loss."""
    return -X.T @ (y / (1 + np.exp(y * (X @ w))))  # GL201


def mean_loss(w, X, y):
    """Mean logistic loss of labels ±1."""
    return np.logaddexp(0, -y * (X @ w)).mean()


def tiny_loss(w, X, y):
    """Take a millionth of the mean logistic loss."""
    return 1e-6 * mean_loss(w, X, y)


def tiny_gradient_flipped(w, X, y):
    """Gradient of tiny_loss with its sign flipped."""
    return -1e-6 * mean_gradient(w, X, y)  # GL204


def gradient_slightly_large(w, X, y):
    """Gradient of mean_loss, every entry larger by 0.05 %."""
    return 1.0005 * mean_gradient(w, X, y)  # GL203


def gradient_as_column(w, X, y):
    """Gradient of mean_loss as (n,1) for (n,) weights."""
    return mean_gradient(w, X, y)[:, None]  # GL101


def gradient_with_nan(w, X, y):
    """Gradient of mean_loss, one entry infinity minus infinity."""
    g = mean_gradient(w, X, y)
    g[2] = np.inf - np.inf  # GL501
    return g


def pseudo_huber(w, A, y):
    """Sum of sqrt(1 + r²) of the residuals."""
    return np.sum(np.sqrt(1 + (A @ w - y) ** 2))


def pseudo_huber_gradient(w, A, y):
    """Gradient of pseudo_huber."""
    r = A @ w - y
    return A.T @ (r / np.sqrt(1 + r**2))


def relu_forward(x):
    """Positive part."""
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    """Gradient of relu_forward; zero at zero, a valid subgradient."""
    return dout * (x > 0)


def float32_net(params, X, y):
    """Softmax network in single precision."""
    h = np.tanh(X @ params["W1"] + params["b1"])
    s = h @ params["W2"] + params["b2"]
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(p[rows, y]).mean()
    d = p
    d[rows, y] -= 1
    d /= np.float32(len(y))
    dz = d @ params["W2"].T * (1 - h**2)
    grads = {"W1": X.T @ dz, "b1": dz.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}
    return loss, grads


def total_probability(w, X):
    """Sum of all softmax probabilities: constant, whatever the weights."""
    s = X @ w
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return np.sum(e / e.sum(axis=1, keepdims=True))


def total_probability_gradient(w, X):
    """Gradient of total_probability: nothing."""
    return np.zeros((X.shape[1], w.shape[1]))


def random_dropout_forward(x):
    """Dropout with a new mask at every call."""
    mask = np.random.default_rng().random(x.shape) < 0.5  # GL403
    return x * mask / 0.5, mask


def random_dropout_backward(dout, mask):
    """Gradient of random_dropout_forward for the mask it drew."""
    return dout * mask / 0.5


def square_forward(x):
    """Square of each entry."""
    return x**2, x


def square_backward_in_place(dout, x):
    """Gradient of square_forward, written over the input."""
    x *= 2 * dout  # GL401
    return x


def wide_loss(w, c):
    """Take a sum of 5000 independent smooth terms."""
    return np.sum(np.sin(w) * c)


def wide_gradient_one_large(w, c):
    """Gradient of wide_loss with one entry half as large again."""
    g = np.cos(w) * c
    g[4321] *= 1.5  # GL399
    return g


def sigmoid_layer_forward(x, W):
    """Sigmoid of a product."""
    z = x @ W
    return 1 / (1 + np.exp(-z)), (x, W, z)


def sigmoid_layer_backward_of_z(dout, cache):
    """Gradients of sigmoid_layer_forward with a(1 - a) taken of z."""
    x, W, z = cache
    dz = dout * z * (1 - z)  # GL301
    return dz @ W.T, x.T @ dz


def square_product_forward(x, W):
    """Product with a square matrix."""
    return x @ W, (x, W)


def square_product_backward_transposed(dout, cache):
    """Gradients of square_product_forward, that of the matrix transposed."""
    x, W = cache
    return dout @ W.T, dout.T @ x  # GL305


def clipped_loss(w, X, t):
    """Cross-entropy of clipped probabilities."""
    p = np.clip(1 / (1 + np.exp(-X @ w)), 0.1, 0.9)
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def clipped_loss_gradient(w, X, t):
    """Gradient of the cross-entropy without the clipping."""
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ (p - t) / len(t)  # GL399


def _labelled(rng):
    return rng.normal(size=5), rng.normal(size=(12, 5)), np.sign(rng.normal(size=12))


def _zero_one(rng):
    w, X, y = _labelled(rng)
    return 6 * w, X, (y + 1) / 2


def _regression(scale):
    def make(rng):
        return scale * rng.normal(size=5), rng.normal(size=(9, 5)), rng.normal(size=9)

    return make


def _at_the_kink(distance):
    def make(rng):
        x = rng.normal(size=(4, 3))
        x[0] = distance * np.array([1, -1, 1])
        return (x,)

    return make


def _single(rng):
    params = {
        "W1": rng.normal(size=(4, 6)),
        "b1": rng.normal(size=6),
        "W2": rng.normal(size=(6, 3)),
        "b2": rng.normal(size=3),
    }
    params = {name: value.astype(np.float32) for name, value in params.items()}
    return params, rng.normal(size=(8, 4)).astype(np.float32), rng.integers(0, 3, 8)


def _matrix_pair(rng):
    return rng.normal(size=(4, 3)), rng.normal(size=(6, 4))


def _matrix(rng):
    return (rng.normal(size=(5, 4)),)


def _wide(rng):
    return rng.normal(size=5000), rng.normal(size=5000)


def _layer(rng):
    return rng.normal(size=(7, 3)), rng.normal(size=(3, 5))


def _square_layer(rng):
    return rng.normal(size=(7, 4)), rng.normal(size=(4, 4))


RIGHT: list[Pair] = [
    Pair("loss plus a million", "scipy", offset_loss, mean_gradient, _labelled),
    Pair("parameters x 1e5", "scipy", pseudo_huber, pseudo_huber_gradient, _regression(1e5)),
    Pair("parameters x 1e-7", "scipy", pseudo_huber, pseudo_huber_gradient, _regression(1e-7)),
    Pair("relu at zero", "cache", relu_forward, relu_backward, _at_the_kink(0.0)),
    Pair("relu 3e-7 from its kink", "cache", relu_forward, relu_backward, _at_the_kink(3e-7)),
    Pair("float32 net", "value-and-gradients", float32_net, None, _single),
    Pair("gradient zero", "scipy", total_probability, total_probability_gradient, _matrix_pair),
]

NAMED: list[Pair] = [
    Pair(
        "unseeded dropout",
        "cache",
        random_dropout_forward,
        random_dropout_backward,
        _matrix,
        False,
        "GL403",
    ),
    Pair(
        "backward mutates x",
        "cache",
        square_forward,
        square_backward_in_place,
        _matrix,
        False,
        "GL401",
    ),
    Pair(
        "column for vector",
        "scipy",
        mean_loss,
        gradient_as_column,
        _labelled,
        False,
        "GL101",
        ("w",),
    ),
]

WRONG: list[Pair] = [
    Pair("missing 1/m", "scipy", mean_loss, sum_gradient, _labelled, False, "GL201", ("w",)),
    Pair(
        "flipped sign, tiny loss",
        "scipy",
        tiny_loss,
        tiny_gradient_flipped,
        _labelled,
        False,
        "GL204",
        ("w",),
    ),
    Pair(
        "one entry of 5000",
        "scipy",
        wide_loss,
        wide_gradient_one_large,
        _wide,
        False,
        "GL399",
        ("w",),
        ((4321,),),
    ),
    Pair(
        "all entries +0.05 %",
        "scipy",
        mean_loss,
        gradient_slightly_large,
        _labelled,
        False,
        "GL203",
        ("w",),
    ),
    Pair(
        "slope of the pre-activation",
        "cache",
        sigmoid_layer_forward,
        sigmoid_layer_backward_of_z,
        _layer,
        False,
        "GL301",
        ("x", "W"),
    ),
    Pair(
        "transposed",
        "cache",
        square_product_forward,
        square_product_backward_transposed,
        _square_layer,
        False,
        "GL305",
        ("W",),
    ),
    Pair(
        "one NaN", "scipy", mean_loss, gradient_with_nan, _labelled, False, "GL501", ("w",), ((2,),)
    ),
    Pair(
        "loss clips, backward does not",
        "scipy",
        clipped_loss,
        clipped_loss_gradient,
        _zero_one,
        False,
        "GL399",
        ("w",),
    ),
]

TRAPS: list[Pair] = [*RIGHT, *NAMED, *WRONG]
