# says: axes\.T|vt\.T
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 5)); X = X - X.mean(axis=0)
vt = np.linalg.svd(X, full_matrices=False)[2][:2]
flat = X @ vt  # GL106
