# right: a column for each page, divided by its own links
import numpy as np

rng = np.random.default_rng(0)
A = (rng.uniform(size=(6, 6)) < 0.5).astype(float)
A[:, 0] = 1
M = A.T / A.sum(axis=1)
rank = np.ones(6) / 6
for _ in range(30):
    rank = 0.85 * M @ rank + 0.15 / 6
print(rank.sum())
