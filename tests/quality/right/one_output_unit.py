# right: W2.T * dZ2 instead of a matrix product: with one output unit and samples in columns it is the same
import numpy as np

np.random.seed(128)
X = np.random.randn(2, 100)
Y = (X[0] * X[1] > 0).reshape(1, 100)
W1 = np.random.randn(12, 2)
b1 = np.random.randn(12, 1)
W2 = np.random.randn(1, 12) * 0.3
b2 = 0.0

for epoch in range(2000):
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = np.dot(W2, A1) + b2
    A2 = 1 / (1 + np.exp(-Z2))
    cost = np.mean(np.logaddexp(0, np.where(Y, -Z2, Z2)))

    dZ2 = (A2 - Y) / 100
    dW2 = np.dot(dZ2, A1.T)
    db2 = np.sum(dZ2)
    dZ1 = W2.T * dZ2 * (A1 > 0)
    dW1 = np.dot(dZ1, X.T)
    db1 = np.sum(dZ1, axis=1, keepdims=True)

    W1 = W1 - 0.3 * dW1
    b1 = b1 - 0.3 * db1
    W2 = W2 - 0.3 * dW2
    b2 = b2 - 0.3 * db2
    if epoch % 400 == 0:
        print(epoch, cost)
