import numpy as np


class Gate:
    """Parameters and gradients lie in two dicts with the same keys, whatever those are called."""

    def __init__(self, dim):
        self.p = {"W": np.random.randn(dim, dim), "b": np.random.randn(dim)}
        self.g = {key: np.zeros_like(value) for key, value in self.p.items()}

    def forward(self, x):
        self.x, self.s = x, np.tanh(x @ self.p["W"] + self.p["b"])
        return self.s * x

    def backward(self, dout):
        dz = dout * self.x * (1 - self.s**2)
        self.g["W"] = self.x.T @ dz
        self.g["b"] = dz.sum(axis=0)
        return dout * self.s + dz @ self.p["W"].T
