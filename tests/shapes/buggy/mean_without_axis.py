# silent: the weight gradient is averaged over the features too
# expression: np.mean(X * err)
# fixed: grad = np.mean(X * err, axis=0)[:, None]
import numpy as np

np.random.seed(24)
X = np.random.randn(30, 4)
y = X @ np.array([[1.0], [2.0], [-1.0], [0.0]]) + 1.0
theta = np.zeros((4, 1))
bias = np.zeros((1, 1))

for epoch in range(50):
    err = X @ theta + bias - y
    loss = 0.5 * np.mean(err ** 2)
    grad = np.mean(X * err)  # GL101
    theta -= 0.1 * grad
    bias -= 0.1 * np.mean(err, axis=0, keepdims=True)
