# right: momentum buffers start as the number 0 and take the gradient's shape
import numpy as np

rng = np.random.RandomState(25)
X = rng.randn(14, 4)
Y = rng.randn(14, 3)
W = rng.randn(4, 3) * 0.1
b = np.zeros((1, 3))
vW = vb = 0

for step in range(30):
    out = X @ W + b
    loss = np.sum((out - Y) ** 2) / (2 * 14)
    d = (out - Y) / 14
    vW = 0.9 * vW + X.T @ d
    vb = 0.9 * vb + d.sum(axis=0, keepdims=True)
    W = W - 0.05 * vW
    b = b - 0.05 * vb
