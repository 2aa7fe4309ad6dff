"""A net with two outputs, samples in columns, written as one class.

The loss divides by m, so its gradient divides by m, and so does everything I derived from it.
What changed: delta2 carries the 1/m already; dW2 must not divide once more.
"""
import numpy as np


class TinyNet:
    def __init__(self, n_in, n_hidden, n_out, seed=33):
        rng = np.random.RandomState(seed)
        self.W1 = rng.randn(n_hidden, n_in) / np.sqrt(n_in)
        self.b1 = np.zeros((n_hidden, 1))
        self.W2 = rng.randn(n_out, n_hidden) / np.sqrt(n_hidden)
        self.b2 = np.zeros((n_out, 1))

    def forward(self, X):
        self.X = X
        self.H = np.tanh(self.W1 @ X + self.b1)
        self.out = self.W2 @ self.H + self.b2
        return self.out

    def loss(self, T):
        return np.sum((self.out - T) ** 2) / (2 * T.shape[1])

    def backward(self, T):
        m = T.shape[1]
        delta2 = (self.out - T) / m
        delta1 = (self.W2.T @ delta2) * (1 - self.H ** 2)
        self.dW2 = delta2 @ self.H.T
        self.db2 = np.sum(delta2, axis=1, keepdims=True)
        self.dW1 = delta1 @ self.X.T
        self.db1 = np.sum(delta1, axis=1, keepdims=True)

    def descend(self, rate):
        self.W1 -= rate * self.dW1
        self.b1 -= rate * self.db1
        self.W2 -= rate * self.dW2
        self.b2 -= rate * self.db2


X = np.linspace(-3, 3, 75).reshape(1, -1)
T = np.vstack([np.sin(X), np.exp(-X ** 2)])
net = TinyNet(1, 15, 2)
for epoch in range(5000):
    net.forward(X)
    net.backward(T)
    if epoch % 1000 == 0:
        print(epoch, net.loss(T))
    net.descend(0.1)
