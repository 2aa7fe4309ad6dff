# silent: a row where a column is meant
# expression: sq + sq
import numpy as np


def rbf_kernel(X, gamma=0.5):
    sq = np.sum(X ** 2, axis=1)
    d2 = sq + sq - 2 * X @ X.T  # GL102
    return np.exp(-gamma * d2)


rng = np.random.default_rng(8)
X = rng.normal(size=(25, 3))
K = rbf_kernel(X)
alpha = np.linalg.solve(K + 0.1 * np.eye(len(X)), np.sin(X[:, 0]))
print(K.shape, alpha[:3])
