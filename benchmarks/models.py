"""The models of the corpus: losses with gradients written by hand, as people write them.

A model is drawn by its class from a random generator: sizes, activation, data, starting values.
``loss(*arrays)`` and ``gradients(*arrays, slip=…)`` take its parameters in one order; a slip is one
of the mistakes people make inside a backward pass, and ``slips`` says which make sense here.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray
SAME = ""
NO_DERIVATIVE = "activation derivative missing"
OF_Z = "derivative fed the pre-activation"
OTHER = "another activation's derivative"
NO_MEAN = "mean over the batch missing"
NO_TERM = "a term of the sum missing"


class Model(Protocol):
    """What the corpus needs of a model."""

    start: list[Array]
    slips: tuple[str, ...]

    def __init__(self, rng: np.random.Generator, kind: type) -> None: ...

    def loss(self, *arrays: Array) -> Any:
        """Compute the loss."""

    def gradients(self, *arrays: Array, slip: str = SAME) -> list[Array]:
        """Compute the gradient of each array."""


def sigmoid(z: Array) -> Array:
    """Squash to (0, 1)."""
    return 1 / (1 + np.exp(-z))


# name -> activation, and its slope as a function of pre-activation z and activation a
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]] = {
    "sigmoid": (sigmoid, lambda _z, a: a * (1 - a)),
    "tanh": (np.tanh, lambda _z, a: 1 - a**2),
    "relu": (lambda z: z * (z > 0), lambda _z, a: 1.0 * (a > 0)),
    "leaky relu": (lambda z: np.where(z > 0, z, 0.1 * z), lambda z, _a: np.where(z > 0, 1.0, 0.1)),
    "softplus": (lambda z: np.log1p(np.exp(z)), lambda _z, a: 1 - np.exp(-a)),
    "swish": (lambda z: z * sigmoid(z), lambda z, _a: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
    "sine": (np.sin, lambda z, _a: np.cos(z)),
    "square": (np.square, lambda z, _a: 2 * z),
}
OF_OUTPUT = ("sigmoid", "tanh", "softplus")  # slopes of a, wrong when fed z
OTHERS = {name: "tanh" if name != "tanh" else "sigmoid" for name in ACTIVATIONS}


def slope(name: str, z: Array, a: Array, slip: str) -> Array:
    """Give the slope of an activation, or what people take for it."""
    if slip == NO_DERIVATIVE:
        return np.ones_like(z)
    if slip == OTHER:
        return ACTIVATIONS[OTHERS[name]][1](z, a)
    return ACTIVATIONS[name][1](z, z if slip == OF_Z else a)


class Network:
    """Dense layers, samples in rows: squared error, binary or softmax cross-entropy."""

    def __init__(self, rng: np.random.Generator, kind: type) -> None:
        self.n = int(rng.integers(2, 9))
        wide = rng.random() < 0.15
        inputs, hidden = (20, 25) if wide else (int(k) for k in rng.integers(2, 7, 2))
        self.output = str(rng.choice(["squares", "binary", "softmax"]))
        outputs = 1 if self.output == "binary" else int(rng.integers(2, 5))
        depth = int(rng.integers(1, 3))
        sizes = [inputs, *[hidden] * depth, outputs]
        self.name = str(rng.choice(list(ACTIVATIONS)))
        self.X = rng.normal(size=(self.n, inputs)).astype(kind)
        self.Y = self._targets(rng, outputs).astype(kind)
        self.start = []
        for fan_in, fan_out in itertools.pairwise(sizes):
            self.start += [rng.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in)]
            self.start += [0.3 * rng.normal(size=fan_out)]
        of_z = (OF_Z,) if self.name in OF_OUTPUT else ()
        self.slips = (NO_DERIVATIVE, OTHER, NO_MEAN, NO_TERM, *of_z)

    def _targets(self, rng: np.random.Generator, outputs: int) -> Array:
        if self.output == "squares":
            return rng.normal(size=(self.n, outputs))
        if self.output == "binary":
            return rng.integers(0, 2, (self.n, 1))
        return np.eye(outputs)[rng.integers(0, outputs, self.n)]

    def _forward(self, arrays: tuple[Array, ...]) -> tuple[list[Array], list[Array]]:
        a, zs, activations = self.X, [], [self.X]
        for k in range(0, len(arrays), 2):
            z = a @ arrays[k] + arrays[k + 1]
            a = ACTIVATIONS[self.name][0](z) if k < len(arrays) - 2 else z
            zs.append(z)
            activations.append(a)
        return zs, activations

    def loss(self, *arrays: Array) -> Any:
        """Compute the mean loss."""
        z = self._forward(arrays)[0][-1]
        if self.output == "squares":
            return np.sum((z - self.Y) ** 2) / (2 * self.n)
        if self.output == "binary":
            return np.sum(np.logaddexp(0, z) - self.Y * z) / self.n
        top = z.max(axis=1, keepdims=True)
        log_p = z - top - np.log(np.sum(np.exp(z - top), axis=1, keepdims=True))
        return -np.sum(self.Y * log_p) / self.n

    def gradients(self, *arrays: Array, slip: str = SAME) -> list[Array]:
        """Backpropagate."""
        zs, activations = self._forward(arrays)
        z = zs[-1]
        if self.output == "squares":
            p = z
        elif self.output == "binary":
            p = sigmoid(z)
        else:
            e = np.exp(z - z.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
        delta = (p - self.Y) / self.n
        found: list[Array] = []
        for k in range(len(arrays) - 2, -1, -2):
            layer = k // 2
            db = delta[0] if slip == NO_TERM and k == 0 else delta.sum(axis=0)
            dW = activations[layer].T @ delta
            found = [dW * self.n if slip == NO_MEAN and k == 0 else dW, db, *found]
            if k:
                below = slip if layer == 1 else SAME
                d = slope(self.name, zs[layer - 1], activations[layer], below)
                delta = delta @ arrays[k].T * d
        return found


class Logistic:
    """Logistic regression with labels ±1 and weight decay."""

    slips = (NO_MEAN, NO_TERM)

    def __init__(self, rng: np.random.Generator, kind: type) -> None:
        self.n, features = int(rng.integers(4, 20)), int(rng.integers(2, 30))
        self.X = rng.normal(size=(self.n, features)).astype(kind)
        self.y = np.sign(rng.normal(size=self.n)).astype(kind)
        self.decay = float(rng.choice([0.01, 0.1, 1.0]))
        self.start = [rng.normal(size=features)]

    def loss(self, w: Array) -> Any:
        """Compute the mean loss and the penalty."""
        losses = np.logaddexp(0, -self.y * (self.X @ w))
        return losses.mean() + self.decay * np.sum(w**2)

    def gradients(self, w: Array, slip: str = SAME) -> list[Array]:
        """Differentiate both terms."""
        pull = -self.X.T @ (self.y * sigmoid(-self.y * (self.X @ w)))
        pull = pull if slip == NO_MEAN else pull / self.n
        return [pull if slip == NO_TERM else pull + 2 * self.decay * w]


class Recurrent:
    """A tanh network unrolled over time, squared error at the end of the sequence."""

    slips = (NO_DERIVATIVE, OF_Z, NO_MEAN, NO_TERM)

    def __init__(self, rng: np.random.Generator, kind: type) -> None:
        self.n, features, hidden = (int(k) for k in rng.integers(2, 5, 3))
        self.X = rng.normal(size=(int(rng.integers(2, 6)), self.n, features)).astype(kind)
        self.Y = rng.normal(size=(self.n, hidden)).astype(kind)
        self.start = [
            rng.normal(size=(features, hidden)),
            0.7 * rng.normal(size=(hidden, hidden)),
            0.3 * rng.normal(size=hidden),
        ]

    def _states(self, Wx: Array, Wh: Array, b: Array) -> tuple[list[Array], list[Array]]:
        states, sums = [np.zeros_like(self.Y)], []
        for x in self.X:
            sums.append(x @ Wx + states[-1] @ Wh + b)
            states.append(np.tanh(sums[-1]))
        return states, sums

    def loss(self, Wx: Array, Wh: Array, b: Array) -> Any:
        """Compute the mean squared error of the last state."""
        return np.mean((self._states(Wx, Wh, b)[0][-1] - self.Y) ** 2)

    def gradients(self, Wx: Array, Wh: Array, b: Array, slip: str = SAME) -> list[Array]:
        """Backpropagate through time."""
        states, sums = self._states(Wx, Wh, b)
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
        dh = 2 * (states[-1] - self.Y) / (1 if slip == NO_MEAN else self.Y.size)
        for t in reversed(range(len(self.X))):
            dz = dh * slope("tanh", sums[t], states[t + 1], slip)
            dWx += self.X[t].T @ dz
            dWh += states[t].T @ dz
            db += dz.sum(axis=0)
            if slip == NO_TERM:
                break  # only the last step is followed
            dh = dz @ Wh.T
        return [dWx, dWh, db]


class Normalised:
    """A dense layer, batch or layer normalisation, and a random weighting of the outputs."""

    slips = (NO_TERM, NO_MEAN)

    def __init__(self, rng: np.random.Generator, kind: type) -> None:
        rows, features, units = (int(k) for k in rng.integers(4, 8, 3))
        self.axis = int(rng.integers(0, 2))
        self.X = rng.normal(size=(rows, features)).astype(kind)
        self.C = rng.normal(size=(rows, units)).astype(kind)
        self.start = [
            rng.normal(size=(features, units)),
            1 + 0.3 * rng.normal(size=units),
            0.3 * rng.normal(size=units),
        ]

    def _forward(self, W: Array) -> tuple[Array, Array]:
        z = self.X @ W
        centred = z - z.mean(axis=self.axis, keepdims=True)
        spread = np.sqrt(np.mean(centred**2, axis=self.axis, keepdims=True) + 1e-5)
        return centred / spread, spread

    def loss(self, W: Array, gamma: Array, beta: Array) -> Any:
        """Weigh the normalised outputs."""
        return np.sum(self.C * np.tanh(gamma * self._forward(W)[0] + beta))

    def gradients(self, W: Array, gamma: Array, beta: Array, slip: str = SAME) -> list[Array]:
        """Go back through tanh, scale, shift, spread and mean."""
        axis = self.axis
        n, spread = self._forward(W)
        dy = self.C * (1 - np.tanh(gamma * n + beta) ** 2)
        dn = dy * gamma
        dz = dn - n * np.mean(dn * n, axis=axis, keepdims=True)
        if slip != NO_TERM:
            dz = dz - np.mean(dn, axis=axis, keepdims=True)
        factor = self.X.shape[0] if slip == NO_MEAN else 1
        return [factor * self.X.T @ (dz / spread), np.sum(dy * n, axis=0), np.sum(dy, axis=0)]


class Convolution:
    """A one-dimensional convolution, an activation, and a mean over positions."""

    slips = (NO_DERIVATIVE, OTHER, NO_MEAN, NO_TERM)

    def __init__(self, rng: np.random.Generator, kind: type) -> None:
        width, length = int(rng.integers(2, 5)), int(rng.integers(6, 12))
        channels = int(rng.integers(1, 4))
        self.name = str(rng.choice(list(ACTIVATIONS)))
        x = rng.normal(size=length)
        windows = [x[i : i + width] for i in range(length - width + 1)]
        self.X = np.array(windows, dtype=kind)
        self.C = rng.normal(size=(len(windows), channels)).astype(kind)
        self.start = [rng.normal(size=(channels, width)), 0.3 * rng.normal(size=channels)]

    def loss(self, K: Array, b: Array) -> Any:
        """Weigh the activations and take their mean."""
        return np.mean(self.C * ACTIVATIONS[self.name][0](self.X @ K.T + b))

    def gradients(self, K: Array, b: Array, slip: str = SAME) -> list[Array]:
        """Correlate the slopes with the windows."""
        z = self.X @ K.T + b
        d = slope(self.name, z, ACTIVATIONS[self.name][0](z), slip)
        dz = self.C * d / (1 if slip == NO_MEAN else self.C.size)
        dK = dz[:-1].T @ self.X[:-1] if slip == NO_TERM else dz.T @ self.X
        return [dK, dz.sum(axis=0)]


class Function:
    """A plain function of a vector, from a textbook of optimisation."""

    slips = (NO_TERM,)

    def __init__(self, rng: np.random.Generator, kind: type) -> None:
        size = int(rng.integers(3, 40))
        self.name = str(rng.choice(["valley", "huber", "softmax", "quartic"]))
        self.A = (rng.normal(size=(size + 2, size)) / np.sqrt(size)).astype(kind)
        self.y = rng.normal(size=size + 2).astype(kind)
        self.start = [rng.normal(size=size)]

    def loss(self, w: Array) -> Any:
        """Evaluate the function."""
        if self.name == "valley":
            return np.sum(100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2)
        r = self.A @ w - self.y
        if self.name == "huber":
            return np.sum(np.sqrt(1 + r**2)) + np.sum(w**2)
        if self.name == "softmax":
            return np.log(np.sum(np.exp(r))) + np.sum(w**2)
        return np.sum(r**4) + np.sum(w**2)

    def gradients(self, w: Array, slip: str = SAME) -> list[Array]:
        """Evaluate its gradient."""
        if self.name == "valley":
            gap = w[1:] - w[:-1] ** 2
            g = np.zeros_like(w)
            g[:-1] = -400 * w[:-1] * gap - 2 * (1 - w[:-1])
            if slip != NO_TERM:
                g[1:] += 200 * gap
            return [g]
        r = self.A @ w - self.y
        if self.name == "huber":
            pull = self.A.T @ (r / np.sqrt(1 + r**2))
        elif self.name == "softmax":
            pull = self.A.T @ (np.exp(r) / np.sum(np.exp(r)))
        else:
            pull = self.A.T @ (4 * r**3)
        return [pull if slip == NO_TERM else pull + 2 * w]


MODELS: dict[str, type[Model]] = {
    "network": Network,
    "logistic": Logistic,
    "recurrent": Recurrent,
    "normalised": Normalised,
    "convolution": Convolution,
    "function": Function,
}
