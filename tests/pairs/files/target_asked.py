import numpy as np


def squash(z):
    return 1 / (1 + np.exp(-z))


class Net:
    """Columns, lists of parameters, and a backward pass that takes the target."""

    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = squash(w @ a + b)
        return a

    def backprop(self, x, y):
        seen = [x]
        for w, b in zip(self.weights, self.biases):
            seen.append(squash(w @ seen[-1] + b))
        delta = (seen[-1] - y) * seen[-1] * (1 - seen[-1])
        of_biases, of_weights = [delta], [delta @ seen[-2].T]
        for k in range(2, len(seen)):
            delta = (self.weights[1 - k].T @ delta) * seen[-k] * (1 - seen[-k])
            of_biases.insert(0, delta)
            of_weights.insert(0, delta @ seen[-k - 1].T)
        return of_biases, of_weights
