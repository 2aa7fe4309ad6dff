import numpy as np

rng = np.random.default_rng(0)
q, k = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
e = np.exp(q @ k.T)
w = e / e.sum(axis=1)  # GL105
print(w.sum(axis=1))
