# crash: matmul inside a helper, called with swapped arguments
# expression: x @ W
import numpy as np

np.random.seed(86)


def affine(x, W, b):
    return x @ W + b  # GL106


X = np.random.randn(6, 3)
Y = np.random.randn(6, 2)
W1, b1 = np.random.randn(3, 5) * 0.4, np.zeros(5)
W2, b2 = np.random.randn(5, 2) * 0.4, np.zeros(2)

for epoch in range(10):
    A1 = np.maximum(affine(X, W1, b1), 0)
    out = affine(W2, A1, b2)  # also GL106
    loss = 0.5 * np.sum((out - Y) ** 2)
    dout = out - Y
    dA1 = dout @ W2.T * (A1 > 0)
    W2 -= 0.02 * A1.T @ dout
    b2 -= 0.02 * dout.sum(axis=0)
    W1 -= 0.02 * X.T @ dA1
    b1 -= 0.02 * dA1.sum(axis=0)
