# right: the loss is a function, called now and then behind the update
import numpy as np


def sigmoid(t):
    return np.where(t >= 0, 1 / (1 + np.exp(-np.abs(t))), np.exp(-np.abs(t)) / (1 + np.exp(-np.abs(t))))


def log_loss(y, p):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


rng = np.random.default_rng(1)
X = rng.normal(size=(50, 3))
y = (X @ [1, 2, -1] + rng.normal(size=50) > 0).astype(int)
coef, intercept = np.zeros(3), 0.0
for it in range(200):
    p = sigmoid(X @ coef + intercept)
    coef -= 0.1 * X.T @ (p - y) / 50
    intercept -= 0.1 * np.mean(p - y)
    if it % 50 == 0:
        print(it, log_loss(y, sigmoid(X @ coef + intercept)))
