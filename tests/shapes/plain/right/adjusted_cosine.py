# right: users centred, items compared
import numpy as np

rng = np.random.default_rng(2)
R = rng.integers(1, 6, size=(20, 7)).astype(float) + np.arange(7)
C = R - R.mean(axis=1, keepdims=True)
norms = np.sqrt((C**2).sum(axis=0))
similarity = C.T @ C / np.outer(norms, norms)
print(similarity[0])
