# right: keys lie in the rows
import numpy as np

rng = np.random.default_rng(14)
keys, query = rng.normal(size=(6, 6)), rng.normal(size=(6, 6))
scores = keys @ query.T
w = np.exp(scores - scores.max(axis=0))
w /= w.sum(axis=0)
context = w.T @ keys
print(context.shape, w.sum(axis=0))
