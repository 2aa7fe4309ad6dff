# silent: a scalar bias minus the whole (n,) delta
# expression: b - lr * d
# fixed: b = b - lr * d.sum()
import numpy as np

rng = np.random.RandomState(26)
X = rng.randn(22, 3)
y = (X.sum(axis=1) > 0) * 1.0
w = rng.randn(3) * 0.1
b = 0.0
lr = 0.1

for epoch in range(30):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
    d = p - y
    w = w - lr * (X.T @ d)
    b = b - lr * d  # GL103, GL206
