# says: keepdims|sum|einsum|\.T
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(18, 3)); mu = X.mean(axis=0)
inverse = np.linalg.inv(np.cov(X.T))
d = X - mu
far = d @ inverse @ d  # GL106
