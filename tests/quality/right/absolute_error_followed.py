# right: a squared error is only watched; the absolute error is followed
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 4)), rng.standard_t(2, size=60)
w, b = rng.normal(size=4) * 0.1, 0.0
for i in range(200):
    pred = X @ w + b
    r = pred - y
    g = np.sign(r)
    w -= 0.01 * X.T @ g / 60
    b -= 0.01 * g.mean()
    spread = np.mean((pred - y) ** 2)
    if i % 50 == 0:
        print(i, spread)
