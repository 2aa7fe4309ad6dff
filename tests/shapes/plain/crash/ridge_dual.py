# crash: the primal identity in the dual
# expression: X.T @ X + lam * np.eye(n)
# says: np\.eye\((d|p|X\.shape\[1\]|7)\)
import numpy as np


def ridge(X, y, lam):
    n, d = X.shape
    A = X.T @ X + lam * np.eye(n)  # GL106
    return np.linalg.solve(A, X.T @ y)


rng = np.random.default_rng(10)
X = rng.normal(size=(25, 7))
y = X @ np.arange(7.0) + rng.normal(size=25)
print(ridge(X, y, 0.1))
