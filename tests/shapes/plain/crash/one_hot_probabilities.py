# says: np\.eye
import numpy as np

rng = np.random.default_rng(0)
p = rng.dirichlet(np.ones(4), size=22); y = rng.integers(0, 4, size=22)
loss = -np.sum(y * np.log(p)) / 22  # GL106
