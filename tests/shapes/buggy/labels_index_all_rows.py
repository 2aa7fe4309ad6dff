# silent: d[:, y] -= 1 marks the label of every sample in every row
# expression: d[:, y]
# fixed: d[np.arange(n), y] -= 1
import numpy as np

rng = np.random.default_rng(47)
n, f, k = 5, 4, 6
X = rng.normal(size=(n, f))
y = np.array([0, 2, 3, 5, 1])
W = rng.normal(size=(f, k)) * 0.1

for epoch in range(20):
    s = X @ W
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), y]).mean()
    d = p.copy()
    d[:, y] -= 1  # GL399
    d /= n
    W -= 0.5 * X.T @ d
