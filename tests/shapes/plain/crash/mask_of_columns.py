# says:
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(15, 4)); dead = X.std(axis=0) > 1
clean = X[dead]  # GL106
