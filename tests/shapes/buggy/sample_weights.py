# silent: (n,) sample weights times (n,1) squared residuals
# expression: sw * res
# fixed: wres = sw[:, None] * res
import numpy as np

rng = np.random.default_rng(6)
n = 18
X = rng.normal(size=(n, 3))
y = X @ np.array([[1.0], [-2.0], [0.5]]) + 0.1 * rng.normal(size=(n, 1))
sw = rng.uniform(0.5, 2, size=n)
theta = np.zeros((3, 1))
lr = 0.05

for epoch in range(30):
    res = X @ theta - y
    wres = sw * res  # GL102
    loss = np.sum(wres * res) / n
    grad = 2 * X.T @ wres.sum(axis=1, keepdims=True) / n
    theta -= lr * grad
    print(f"{epoch} {loss:.4f}")
