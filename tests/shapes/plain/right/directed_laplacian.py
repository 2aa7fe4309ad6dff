# right: a column and a row of the same degrees
import numpy as np

rng = np.random.default_rng(3)
A = rng.uniform(size=(5, 5))
d = 1 / np.sqrt(A.sum(axis=1))
L = np.eye(5) - A * d * d[:, None]
print(np.linalg.eigvals(L))
