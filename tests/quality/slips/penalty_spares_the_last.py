# The penalty of the loss spares the intercept, that of the gradient the last weight.
import numpy as np

rng = np.random.default_rng(10)
X = np.hstack([np.ones((35, 1)), rng.normal(size=(35, 4))])
y = (rng.random(35) < 1 / (1 + np.exp(X[:, 2] - X[:, 1]))).astype(float)
theta = rng.normal(size=5) * 0.2
lam, m, history = 3.0, 35, []
for it in range(150):
    h = 1 / (1 + np.exp(-X @ theta))
    J = (-y @ np.log(h) - (1 - y) @ np.log(1 - h)) / m + lam / (2 * m) * (theta[1:] @ theta[1:])
    grad = X.T @ (h - y) / m
    penalty = lam / m * theta
    penalty[-1] = 0
    grad += penalty  # GL208 GL399
    theta -= 0.3 * grad
    history.append(J)
