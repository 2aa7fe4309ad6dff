# says:
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(18, 3)); mu = X.mean(axis=0)
S = np.cov(X)
q = mu @ S @ mu  # GL106
