# right: distances of points from themselves are masked; the root that is infinitely steep there asks nothing
import numpy as np
rng = np.random.default_rng(0)
P = rng.normal(size=(12, 3))
delta = np.sqrt(((P[:, None] - P[None]) ** 2).sum(-1))
Z = rng.normal(size=(12, 2))
for it in range(80):
    diff = Z[:, None, :] - Z[None, :, :]
    dist = np.sqrt((diff ** 2).sum(-1)) + np.eye(12)
    res = (dist - delta) * (1 - np.eye(12))
    stress = 0.5 * (res ** 2).sum()
    grad = 2 * ((res / dist)[:, :, None] * diff).sum(1)
    Z -= 0.01 * grad
