# right: a (1,h) mask drops the same units for the whole batch
import numpy as np

rng = np.random.default_rng(27)
X = rng.normal(size=(8, 4))
T = rng.normal(size=(8, 2))
W1 = rng.normal(size=(4, 8)) * 0.5
W2 = rng.normal(size=(8, 2)) * 0.5
mask = (rng.random((1, 8)) < 0.7) / 0.7

for epoch in range(20):
    h = np.tanh(X @ W1) * mask
    out = h @ W2
    loss = 0.5 * np.sum((out - T) ** 2)
    d = out - T
    dh = d @ W2.T * mask
    dz = dh * (1 - np.tanh(X @ W1) ** 2)
    W1 -= 0.02 * X.T @ dz
    W2 -= 0.02 * h.T @ d
