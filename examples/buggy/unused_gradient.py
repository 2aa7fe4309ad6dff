"""Four layers, two of them of the same size; eight update lines typed by hand.

All eight gradients are right, I checked each. One of them is never used.
The third layer behaves as if it were the second.
"""
import numpy as np

np.random.seed(57)


def relu(v):
    return np.maximum(v, 0.1 * v)


def relu_grad(v):
    return np.where(v > 0, 1.0, 0.1)


X = np.random.uniform(-1, 1, (64, 2))
Y = np.sin(2 * X[:, :1]) + X[:, 1:] ** 2
h = 9
W1, b1 = np.random.randn(2, h), np.zeros(h)
W2, b2 = np.random.randn(h, h) / 3, np.zeros(h)
W3, b3 = np.random.randn(h, h) / 3, np.zeros(h)
W4, b4 = np.random.randn(h, 1) / 3, np.zeros(1)
lr = 0.03

for epoch in range(2500):
    Z1 = X @ W1 + b1
    A1 = relu(Z1)
    Z2 = A1 @ W2 + b2
    A2 = relu(Z2)
    Z3 = A2 @ W3 + b3
    A3 = relu(Z3)
    out = A3 @ W4 + b4
    loss = np.mean((out - Y) ** 2)

    dout = 2 * (out - Y) / len(X)
    dW4, db4 = A3.T @ dout, dout.sum(axis=0)
    dZ3 = (dout @ W4.T) * relu_grad(Z3)
    dW3, db3 = A2.T @ dZ3, dZ3.sum(axis=0)
    dZ2 = (dZ3 @ W3.T) * relu_grad(Z2)
    dW2, db2 = A1.T @ dZ2, dZ2.sum(axis=0)
    dZ1 = (dZ2 @ W2.T) * relu_grad(Z1)
    dW1, db1 = X.T @ dZ1, dZ1.sum(axis=0)

    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2
    W3 -= lr * dW2  # GL404
    b3 -= lr * db3
    W4 -= lr * dW4
    b4 -= lr * db4
    if epoch % 500 == 0:
        print("epoch", epoch, "loss", loss)
