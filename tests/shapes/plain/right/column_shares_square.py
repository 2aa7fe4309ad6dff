import numpy as np

rng = np.random.default_rng(0)
votes = rng.poisson(30, size=(5, 5)).astype(float)
share = votes / votes.sum(axis=0)
print(share.sum(axis=0))
