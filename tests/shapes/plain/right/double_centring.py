import numpy as np

rng = np.random.default_rng(0)
d = rng.random((7, 7)); d = d + d.T
b = d - d.mean(axis=0) - d.mean(axis=1)[:, None] + d.mean()
print(np.abs(b.sum(axis=1)).max())
