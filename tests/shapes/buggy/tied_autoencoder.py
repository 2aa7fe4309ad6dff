# silent: the decoder's share of the tied weights is transposed, hidden = inputs
# expression: H.T @ dR
# fixed: dW = X.T @ dZ + dR.T @ H
import numpy as np

np.random.seed(37)
X = np.random.rand(12, 6)
W = np.random.randn(6, 6) * 0.3
b = np.zeros(6)
c = np.zeros(6)

for epoch in range(30):
    H = 1 / (1 + np.exp(-(X @ W + b)))
    R = H @ W.T + c
    loss = 0.5 * np.sum((R - X) ** 2) / len(X)
    dR = (R - X) / len(X)
    dH = dR @ W
    dZ = dH * H * (1 - H)
    dW = X.T @ dZ + H.T @ dR  # GL305, GL104
    W -= 0.1 * dW
    b -= 0.1 * dZ.sum(axis=0)
    c -= 0.1 * dR.sum(axis=0)
