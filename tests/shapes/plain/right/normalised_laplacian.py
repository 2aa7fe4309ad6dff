import numpy as np

rng = np.random.default_rng(0)
A = (rng.random((8, 8)) < 0.5).astype(float)
A = np.maximum(A, A.T)
deg = A.sum(axis=1) + 1e-9
L = np.eye(8) - A / np.sqrt(deg) / np.sqrt(deg)[:, None]
print(np.linalg.eigvalsh(L).round(3))
