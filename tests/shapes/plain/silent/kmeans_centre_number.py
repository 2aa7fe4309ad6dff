# silent: a mean without its axis
# expression: X[labels == j].mean()
import numpy as np


def kmeans(X, k, rounds=10):
    rng = np.random.default_rng(0)
    centers = X[rng.choice(len(X), k, replace=False)].copy()
    for _ in range(rounds):
        d = np.linalg.norm(X[:, None, :] - centers[None, :, :], axis=2)
        labels = d.argmin(axis=1)
        for j in range(k):
            if np.any(labels == j):
                centers[j] = X[labels == j].mean()  # GL105
    return centers, labels


rng = np.random.default_rng(7)
X = np.vstack([rng.normal(m, 0.5, size=(40, 3)) for m in (0, 3, 6)])
centers, labels = kmeans(X, 3)
print(centers)
