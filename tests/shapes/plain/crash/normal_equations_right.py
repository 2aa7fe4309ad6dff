# says: X\.T @ y|X\.T\.dot\(y\)
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4)); y = X @ np.ones(4)
beta = np.linalg.inv(X.T @ X) @ (X @ y)  # GL106
