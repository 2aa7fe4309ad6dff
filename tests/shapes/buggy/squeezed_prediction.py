# silent: predictions squeezed to (n,), targets stay (n,1)
# expression: pred - y
# fixed: diff = pred[:, None] - y
import numpy as np

np.random.seed(31)
X = np.random.randn(16, 3)
y = X.dot([[0.5], [-1.0], [2.0]]) + 0.2
W1 = np.random.randn(3, 4) * 0.5
W2 = np.random.randn(4, 1) * 0.5

for epoch in range(40):
    H = np.tanh(X @ W1)
    pred = (H @ W2).squeeze()
    diff = pred - y  # GL102
    loss = np.mean(diff ** 2)
    dpred = 2 * diff.mean(axis=1, keepdims=True) / 16
    dW2 = H.T @ dpred
    dH = dpred @ W2.T
    dW1 = X.T @ (dH * (1 - H ** 2))
    W1 -= 0.05 * dW1
    W2 -= 0.05 * dW2
