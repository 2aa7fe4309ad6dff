# right: every user has a mean of his own
import numpy as np

rng = np.random.default_rng(4)
R = rng.integers(1, 6, size=(7, 7)).astype(float)
centred = R - R.mean(axis=1, keepdims=True)
norms = np.linalg.norm(centred, axis=1)
similarity = centred @ centred.T / (norms[:, None] * norms)
np.fill_diagonal(similarity, 0)
weights = np.abs(similarity).sum(axis=1, keepdims=True)
predicted = R.mean(axis=1, keepdims=True) + similarity @ centred / weights
print(np.round(predicted, 1))
