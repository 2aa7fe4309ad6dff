# right: x[:, None] * y[None, :] and np.outer make a table from two vectors
import numpy as np

rng = np.random.RandomState(14)
M = np.outer(rng.rand(6), rng.rand(6)) + 0.05 * rng.randn(6, 6)
u = rng.rand(6)
v = rng.rand(6)
lr = 0.05

for epoch in range(60):
    R = u[:, None] * v[None, :] - M
    loss = 0.5 * np.sum(R ** 2)
    du = np.sum(R * v, axis=1)
    dv = np.sum(R * u[:, None], axis=0)
    u -= lr * du
    v -= lr * dv
