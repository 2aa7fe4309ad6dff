# crash: in-place update of the bias with the unsummed delta
# expression: b1 -= lr * dZ1
# fixed: b1 -= lr * dZ1.sum(axis=0)
import numpy as np

rng = np.random.default_rng(66)
X = rng.normal(size=(12, 3))
Y = rng.normal(size=(12, 2))
W1 = rng.normal(size=(3, 5)) * 0.4
b1 = np.zeros(5)
W2 = rng.normal(size=(5, 2)) * 0.4
lr = 0.02

for epoch in range(10):
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0)
    out = A1 @ W2
    loss = 0.5 * np.sum((out - Y) ** 2)
    dout = out - Y
    dZ1 = dout @ W2.T * (Z1 > 0)
    W2 -= lr * A1.T @ dout
    W1 -= lr * X.T @ dZ1
    b1 -= lr * dZ1  # GL106
