# crash: matmul in the forward pass, weights stored as (out, in)
# expression: X @ W1
# fixed: Z1 = X @ W1.T + b1
import numpy as np

np.random.seed(60)
n, d, h = 20, 3, 6
X = np.random.randn(n, d)
Y = np.random.randn(n, 1)
W1 = np.random.randn(h, d) * 0.3
b1 = np.zeros(h)
W2 = np.random.randn(1, h) * 0.3

for epoch in range(10):
    Z1 = X @ W1 + b1  # GL106
    A1 = np.tanh(Z1)
    out = A1 @ W2.T
    loss = np.mean((out - Y) ** 2)
    dout = 2 * (out - Y) / n
    dZ1 = dout @ W2 * (1 - A1 ** 2)
    W2 -= 0.1 * dout.T @ A1
    W1 -= 0.1 * dZ1.T @ X
    b1 -= 0.1 * dZ1.sum(axis=0)
