# crash: samples against centres
# expression: X - centers
# says: X\[:, None
import numpy as np


def assign(X, centers):
    d = np.sum((X - centers) ** 2, axis=-1)  # GL106
    return np.argmin(d, axis=-1)


rng = np.random.default_rng(1)
X = rng.normal(size=(50, 2))
centers = X[:3]
for _ in range(5):
    labels = assign(X, centers)
    centers = np.array([X[labels == j].mean(axis=0) for j in range(3)])
print(centers)
