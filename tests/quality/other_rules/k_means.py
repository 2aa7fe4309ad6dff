# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(0)
X = np.random.randn(100, 2)
X[:50] += 4
centers = X[np.random.choice(100, 2, replace=False)]
for it in range(10):
    d = ((X[:, None] - centers) ** 2).sum(-1)
    label = d.argmin(1)
    inertia = d.min(1).sum()
    for k in range(2):
        centers[k] = X[label == k].mean(0)
    print(it, inertia)
