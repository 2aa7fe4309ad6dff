# crash: ones that are no column
# expression: np.hstack([np.ones(n), X])
# says: np\.ones\(\(n, 1\)\)|np\.ones\(n\)\[:, None\]|reshape\(-1, 1\)
import numpy as np

rng = np.random.default_rng(16)
n = 30
X = rng.uniform(size=(n, 2))
y = 1 + X @ np.array([2.0, -1.0])
A = np.hstack([np.ones(n), X])  # GL106
beta, *_ = np.linalg.lstsq(A, y, rcond=None)
print(beta)
