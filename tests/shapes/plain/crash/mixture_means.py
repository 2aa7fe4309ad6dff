# says: n\[:, None\]|keepdims
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 2)); r = rng.dirichlet(np.ones(3), size=40)
n = r.sum(axis=0)
mu = r.T @ X / n  # GL106
