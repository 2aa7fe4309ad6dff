"""Dense networks with gradients written by hand: the work against which checkers are timed.

One evaluation of ``loss_and_gradients`` is the floor: what the author of a network pays for one
training step, update aside.  ``script`` is the same network as people write it in a file.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

Array = np.ndarray


class Net:
    """ReLU layers and a squared error, samples in rows; a batch of data and starting values."""

    def __init__(self, sizes: tuple[int, ...], samples: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.sizes, self.samples = sizes, samples
        self.X = rng.normal(size=(samples, sizes[0]))
        self.Y = rng.normal(size=(samples, sizes[-1]))
        self.arrays: list[Array] = []
        for fan_in, fan_out in itertools.pairwise(sizes):
            self.arrays += [rng.normal(size=(fan_in, fan_out)) * np.sqrt(2 / fan_in)]
            self.arrays += [0.1 * rng.normal(size=fan_out)]

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.samples} samples"

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(a.size for a in self.arrays)

    def loss(self, *arrays: Array) -> Any:
        """Go forward alone."""
        a = self.X
        for k in range(0, len(arrays), 2):
            z = a @ arrays[k] + arrays[k + 1]
            a = np.maximum(z, 0) if k < len(arrays) - 2 else z
        return np.sum((a - self.Y) ** 2) / (2 * self.samples)

    def gradients(self, *arrays: Array) -> list[Array]:
        """Go forward and backward, for the gradients alone."""
        return self.loss_and_gradients(arrays)[1]

    def loss_and_gradients(self, arrays: Any) -> tuple[Any, list[Array]]:
        """Go forward and backward: the floor."""
        activations, a = [self.X], self.X
        for k in range(0, len(arrays), 2):
            z = a @ arrays[k] + arrays[k + 1]
            a = np.maximum(z, 0) if k < len(arrays) - 2 else z
            activations.append(a)
        loss = np.sum((a - self.Y) ** 2) / (2 * self.samples)
        delta = (a - self.Y) / self.samples
        found: list[Array] = []
        for k in range(len(arrays) - 2, -1, -2):
            below = activations[k // 2]
            found = [below.T @ delta, delta.sum(axis=0), *found]
            if k:
                delta = (delta @ arrays[k].T) * (below > 0)
        return loss, found


def script(sizes: tuple[int, ...], samples: int, steps: int) -> str:
    """Write a two-layer network as a script that trains for so many steps."""
    features, hidden, outputs = sizes
    return f"""\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=({samples}, {features}))
Y = rng.normal(size=({samples}, {outputs}))
W1 = rng.normal(size=({features}, {hidden})) * np.sqrt(2 / {features})
b1 = np.zeros({hidden})
W2 = rng.normal(size=({hidden}, {outputs})) * np.sqrt(2 / {hidden})
b2 = np.zeros({outputs})
lr = 0.001

for step in range({steps}):
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    out = a1 @ W2 + b2
    loss = np.sum((out - Y) ** 2) / (2 * {samples})
    d2 = (out - Y) / {samples}
    dW2 = a1.T @ d2
    db2 = d2.sum(axis=0)
    d1 = (d2 @ W2.T) * (z1 > 0)
    dW1 = X.T @ d1
    db1 = d1.sum(axis=0)
    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1
    W2 = W2 - lr * dW2
    b2 = b2 - lr * db2
"""
