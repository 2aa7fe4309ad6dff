# silent: (n,1) delta times (n,) error weights
# expression: delta * err_weight
# fixed: delta = delta * err_weight.reshape(-1, 1)
import numpy as np

rng = np.random.RandomState(51)
n = 13
X = rng.randn(n, 3)
y = rng.randn(n, 1)
W = rng.randn(3, 1)
err_weight = rng.rand(n) + 0.5

for it in range(30):
    out = X.dot(W)
    delta = 2 * (out - y)
    loss = np.sum(err_weight.reshape(-1, 1) * (out - y) ** 2)
    delta = delta * err_weight  # GL102
    grad = X.T.dot(delta).sum(axis=1).reshape(-1, 1)
    W -= 0.01 * grad
