# says: lstsq
import numpy as np

rng = np.random.default_rng(0)
A = rng.normal(size=(6, 3)); b = rng.normal(size=6)
x = np.linalg.solve(A, b)  # GL106
