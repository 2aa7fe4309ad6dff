# learns by another rule than the gradient of a loss it shows
import numpy as np
rng = np.random.RandomState(3)
X = rng.randn(120, 4); y = np.sign(X[:, 0] - 0.5 * X[:, 2] + .1)
w = np.zeros(4); lam = 0.01
for t in range(1, 2001):
    i = rng.randint(120)
    eta = 1 / (lam * t)
    margin = y[i] * (w @ X[i])
    w = (1 - eta * lam) * w
    if margin < 1:
        w = w + eta * y[i] * X[i]
obj = lam / 2 * w @ w + np.maximum(0, 1 - y * (X @ w)).mean()
print(obj)
