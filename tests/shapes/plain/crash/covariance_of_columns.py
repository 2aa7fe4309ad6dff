# says: d\.T @ d
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(25, 3))
d = X - X.mean(axis=0)
cov = d @ d / 24  # GL106
