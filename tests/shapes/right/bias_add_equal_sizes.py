# right: batch, hidden and output sizes are all 5, every wrong pairing would run too
import numpy as np

np.random.seed(0)
X = np.random.randn(5, 5)
Y = np.random.randn(5, 5)
W1, b1 = np.random.randn(5, 5) * 0.4, np.zeros(5)
W2, b2 = np.random.randn(5, 5) * 0.4, np.zeros(5)

for epoch in range(20):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    out = A1 @ W2 + b2
    loss = 0.5 * np.sum((out - Y) ** 2) / 5
    dout = (out - Y) / 5
    dW2 = A1.T @ dout
    db2 = dout.sum(axis=0)
    dZ1 = dout @ W2.T * (1 - A1 ** 2)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)
    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
    b2 -= 0.1 * db2
