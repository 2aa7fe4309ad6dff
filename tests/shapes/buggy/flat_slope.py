# silent: (n,1) error times a raveled (n,) sigmoid slope
# expression: (a - y) * slope
# fixed: d = (a - y) * slope[:, None]
import numpy as np

np.random.seed(5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


X = np.random.rand(9, 4)
y = np.random.rand(9, 1)
w = np.random.randn(4, 1)

for epoch in range(25):
    a = sigmoid(X @ w)
    loss = 0.5 * np.sum((a - y) ** 2)
    p = a.ravel()
    slope = p * (1 - p)
    d = (a - y) * slope  # GL102
    grad = np.sum(X.T @ d, axis=1, keepdims=True)
    w -= 0.05 * grad
