import numpy as np

rng = np.random.default_rng(0)
n = 6
H = np.eye(n) - 1 / n
X = rng.normal(size=(n, n))
print(np.abs((H @ X).sum(axis=0)).max())
