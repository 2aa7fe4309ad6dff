"""Layer objects and lists of them, right and wrong.

Each ``forward`` of these records makes a new, seeded object, because the objects keep state.
"""

from __future__ import annotations

import numpy as np

from .pair import Pair


class Dense:
    """Affine layer that keeps its gradients in ``dW`` and ``db``."""

    def __init__(self, n_in=4, n_out=3, seed=0):
        rng = np.random.default_rng(seed)
        self.W = rng.normal(size=(n_in, n_out)) * 0.5
        self.b = rng.normal(size=n_out) * 0.1

    def forward(self, x):
        """Rows times weights plus bias."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        """Store dW and db, return dx."""
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class DenseMeanBias(Dense):
    """Averages the bias's gradient over the batch, and only that."""

    def backward(self, dout):
        """Store dW and db, return dx."""
        self.dW = self.x.T @ dout
        self.db = dout.mean(axis=0)  # GL206
        return dout @ self.W.T


class DenseUntransposed(Dense):
    """Forgets the transpose, which a square matrix lets pass."""

    def backward(self, dout):
        """Store dW and db, return dx."""
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W  # GL305


class DenseAccumulates(Dense):
    """Adds every gradient to the last one and never resets."""

    def __init__(self, n_in=4, n_out=3, seed=0):
        super().__init__(n_in, n_out, seed)
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def backward(self, dout):
        """Add to dW and db, return dx."""
        self.dW += self.x.T @ dout  # GL402
        self.db += dout.sum(axis=0)
        return dout @ self.W.T


class DenseInDicts:
    """Affine layer with ``params`` and ``grads`` dicts."""

    def __init__(self, seed=1):
        rng = np.random.default_rng(seed)
        self.params = {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
        self.grads = {}

    def forward(self, x):
        """Rows times weights plus bias, through tanh."""
        self.cache = x, np.tanh(x @ self.params["W"] + self.params["b"])
        return self.cache[1]

    def backward(self, dout):
        """Store the gradients, return dx."""
        x, out = self.cache
        dz = dout * (1 - out**2)
        self.grads["W"] = x.T @ dz
        self.grads["b"] = dz.sum(axis=0)
        return dz @ self.params["W"].T


class DenseInDictsLate(DenseInDicts):
    """Multiplies tanh's slope in for the input only."""

    def backward(self, dout):
        """Store the gradients, return dx."""
        x, out = self.cache
        dz = dout * (1 - out**2)
        self.grads["W"] = x.T @ dout  # GL304
        self.grads["b"] = dz.sum(axis=0)
        return dz @ self.params["W"].T


class ReLU:
    """Positive part."""

    def forward(self, x):
        """Positive part of x."""
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        """Gradient where x was positive."""
        return dout * self.mask


class Sigmoid:
    """Logistic function, keeps its output."""

    def forward(self, x):
        """Logistic function of x."""
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        """Gradient from the output kept."""
        return dout * self.out * (1 - self.out)


class SigmoidOfInput(Sigmoid):
    """Keeps the input, uses the formula of the output."""

    def forward(self, x):
        """Logistic function of x."""
        self.out = x
        return 1 / (1 + np.exp(-x))

    def backward(self, dout):
        """Gradient, if ``out`` were the output."""
        return dout * self.out * (1 - self.out)  # GL301


class BatchNorm:
    """Batch normalisation that also keeps running statistics."""

    def __init__(self, width=3):
        self.gamma = np.linspace(0.5, 1.5, width)
        self.beta = np.zeros(width)
        self.running_mean = np.zeros(width)

    def forward(self, x):
        """Normalise each column."""
        mu = x.mean(axis=0)
        self.running_mean = 0.9 * self.running_mean + 0.1 * mu
        self.istd = 1 / np.sqrt(x.var(axis=0) + 1e-5)
        self.xhat = (x - mu) * self.istd
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        """Store dgamma and dbeta, return dx."""
        self.dgamma = (dout * self.xhat).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        n = len(dout)
        return self.gamma * self.istd * (dout - self.dbeta / n - self.xhat * self.dgamma / n)


class Recurrent:
    """Tanh recurrence over (batch, time, features) with private attributes."""

    def __init__(self, seed=2):
        rng = np.random.default_rng(seed)
        self._Wx = rng.normal(size=(3, 4)) * 0.5
        self._Wh = rng.normal(size=(4, 4)) * 0.5

    def forward(self, x):
        """All hidden states."""
        self._x = x
        self._h = [np.zeros((len(x), 4))]
        for t in range(x.shape[1]):
            self._h.append(np.tanh(x[:, t] @ self._Wx + self._h[-1] @ self._Wh))
        return np.stack(self._h[1:], axis=1)

    def backward(self, dout):
        """Store _dWx and _dWh, return dx."""
        self._dWx, self._dWh = np.zeros_like(self._Wx), np.zeros_like(self._Wh)
        dx, dh = np.zeros_like(self._x), 0
        for t in reversed(range(dout.shape[1])):
            dz = (dout[:, t] + dh) * (1 - self._h[t + 1] ** 2)
            self._dWx += self._x[:, t].T @ dz
            self._dWh += self._h[t].T @ dz
            dx[:, t], dh = dz @ self._Wx.T, dz @ self._Wh.T
        return dx


class Conv1d:
    """Valid convolution of (batch, length) with one filter."""

    def __init__(self, width=3):
        self.weight = np.linspace(-1, 2, width)

    def forward(self, x):
        """Sliding inner products."""
        self.windows = np.lib.stride_tricks.sliding_window_view(x, len(self.weight), axis=1)
        self.length = x.shape[1]
        return self.windows @ self.weight

    def backward(self, dout):
        """Store grad_weight, return dx."""
        self.grad_weight = np.einsum("bt,btk->k", dout, self.windows)
        dx = np.zeros((len(dout), self.length))
        for k, weight in enumerate(self.weight):
            dx[:, k : k + dout.shape[1]] += dout * weight
        return dx


class Conv1dFlipped(Conv1d):
    """Walks the filter backwards for the input."""

    def backward(self, dout):
        """Store grad_weight, return dx."""
        self.grad_weight = np.einsum("bt,btk->k", dout, self.windows)
        dx = np.zeros((len(dout), self.length))
        for k, weight in enumerate(self.weight[::-1]):
            dx[:, k : k + dout.shape[1]] += dout * weight  # GL308
        return dx


def _rows(rng):
    return (rng.normal(size=(6, 4)),)


def _three_wide(rng):
    return (rng.normal(size=(6, 3)),)


def _sequence(rng):
    return (rng.normal(size=(2, 4, 3)),)


def _signals(rng):
    return (rng.normal(size=(3, 8)),)


PAIRS = [
    Pair("Dense", "object", Dense, None, _rows),
    Pair("Dense, mean bias", "object", DenseMeanBias, None, _rows, False, "GL206", ("b",)),
    Pair(
        "Dense, untransposed",
        "object",
        lambda: DenseUntransposed(4, 4),
        None,
        _rows,
        False,
        "GL305",
        ("x",),
    ),
    Pair("Dense, accumulates", "object", DenseAccumulates, None, _rows, False, "GL402", ("W", "b")),
    Pair("Dense in dicts", "object", DenseInDicts, None, _rows),
    Pair(
        "Dense in dicts, late slope",
        "object",
        DenseInDictsLate,
        None,
        _rows,
        False,
        "GL304",
        ("W",),
    ),
    Pair("ReLU", "object", ReLU, None, _rows),
    Pair("Sigmoid", "object", Sigmoid, None, _rows),
    Pair("Sigmoid of input", "object", SigmoidOfInput, None, _rows, False, "GL301", ("x",)),
    Pair("BatchNorm", "object", BatchNorm, None, _three_wide),
    Pair("Recurrent", "object", Recurrent, None, _sequence),
    Pair("Conv1d", "object", Conv1d, None, _signals),
    Pair("Conv1d flipped", "object", Conv1dFlipped, None, _signals, False, "GL308", ("x",)),
    Pair("model", "model", lambda: [Dense(4, 5), ReLU(), Dense(5, 2, 3), Sigmoid()], None, _rows),
    Pair(
        "model with batch norm",
        "model",
        lambda: [Dense(4, 3), BatchNorm(), Dense(3, 2, 4)],
        None,
        _rows,
    ),
    Pair(
        "model, square layer untransposed",
        "model",
        lambda: [Dense(4, 5), Sigmoid(), DenseUntransposed(5, 5, 6)],
        None,
        _rows,
        False,
        "GL305",
        ("x", "[0].W", "[0].b"),
    ),
    Pair(
        "model, sigmoid of input",
        "model",
        lambda: [Dense(4, 3), SigmoidOfInput(), Dense(3, 2)],
        None,
        _rows,
        False,
        "GL301",
        ("x", "[0].W", "[0].b"),
    ),
]
