# crash: the identity of the features
# expression: K + lam * np.eye(d)
# says: np\.eye\((n|len\(X\)|X\.shape\[0\]|len\(K\)|K\.shape\[0\]|40)\)
import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(40, 3))
y = np.sin(X[:, 0])
n, d = X.shape
lam = 0.1
sq = (X ** 2).sum(axis=1)
K = np.exp(-0.5 * (sq[:, None] + sq - 2 * X @ X.T))
alpha = np.linalg.solve(K + lam * np.eye(d), y)  # GL106
print(K @ alpha - y)
