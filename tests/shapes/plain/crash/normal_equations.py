# says: X\.T @ X
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4)); y = X @ np.ones(4)
beta = np.linalg.solve(X @ X, X.T @ y)  # GL106
