# says: E\[:, |E\.T|exchanged
import numpy as np

rng = np.random.default_rng(0)
T = rng.dirichlet(np.ones(3), size=3); E = rng.dirichlet(np.ones(5), size=3)
alpha = np.full(3, 1 / 3)
for s in rng.integers(0, 5, size=9):
    alpha = (alpha @ T) * E[s % 3]  # GL106
