import numpy as np

rng = np.random.default_rng(0)
scores = rng.random((9, 9))
share = scores / scores.sum(axis=1)  # GL105
print(share[0].sum())
