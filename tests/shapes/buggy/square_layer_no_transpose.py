# silent: W2 not transposed on the way back, W2 is square
# expression: np.dot(dZ2, W2)
# fixed: dA1 = np.dot(dZ2, W2.T)
import numpy as np


def init(sizes, seed=12):
    rng = np.random.RandomState(seed)
    return [rng.randn(a, b) * 0.4 for a, b in zip(sizes[:-1], sizes[1:])]


def loss_and_grads(W1, W2, X, Y):
    Z1 = np.dot(X, W1)
    A1 = 1 / (1 + np.exp(-Z1))
    Z2 = np.dot(A1, W2)
    dZ2 = (Z2 - Y) / len(X)
    dW2 = np.dot(A1.T, dZ2)
    dA1 = np.dot(dZ2, W2)  # GL305, GL104
    dZ1 = dA1 * A1 * (1 - A1)
    dW1 = np.dot(X.T, dZ1)
    return 0.5 * np.sum((Z2 - Y) ** 2) / len(X), dW1, dW2


X = np.random.RandomState(0).randn(15, 3)
Y = np.random.RandomState(1).randn(15, 5)
W1, W2 = init([3, 5, 5])
for epoch in range(40):
    loss, dW1, dW2 = loss_and_grads(W1, W2, X, Y)
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
