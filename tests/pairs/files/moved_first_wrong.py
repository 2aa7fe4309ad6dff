import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.weights

    def backward(self, error, learning_rate):
        self.weights -= learning_rate * self.x.T @ error
        below = error @ self.weights.T  # wrong
        return below
