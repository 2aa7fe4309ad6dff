# crash: sizes for rows
# expression: resp.T @ X / Nk
# says: Nk\[:, None\]
import numpy as np

rng = np.random.default_rng(3)
X = np.vstack([rng.normal(0, 1, (30, 2)), rng.normal(4, 1, (30, 2))])
k = 3
resp = rng.dirichlet(np.ones(k), size=len(X))
for _ in range(10):
    Nk = resp.sum(axis=0)
    mu = resp.T @ X / Nk  # GL106
    d2 = ((X[:, None] - mu) ** 2).sum(axis=2)
    resp = np.exp(-0.5 * d2) * Nk
    resp /= resp.sum(axis=1, keepdims=True)
print(mu)
