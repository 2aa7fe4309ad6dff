import numpy as np


class Layer:
    """Gets target minus output from above, and adds."""

    def __init__(self, n, k):
        self.w, self.b = np.random.randn(n, k), np.zeros(k)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, error, lr):
        below = error @ self.w.T
        self.w += lr * self.x.T @ error
        self.b += lr * np.abs(error.sum(axis=0))  # wrong
        return below
