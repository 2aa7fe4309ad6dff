# says: jk|kj|letter
import numpy as np

rng = np.random.default_rng(0)
X, W = rng.normal(size=(6, 4)), rng.normal(size=(3, 4))
out = np.einsum("ij,jk->ik", X, W)  # GL106
