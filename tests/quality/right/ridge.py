# right: ridge regression; the intercept is not penalised, so its gradient has no lambda term
import numpy as np

rng = np.random.default_rng(102)
n, d = 60, 8
X = rng.normal(size=(n, d))
coef = rng.normal(size=d) * (rng.random(d) > 0.5)
y = X @ coef + 2.0 + rng.normal(0, 0.3, n)


def objective(theta, b):
    r = X @ theta + b - y
    return r @ r / (2 * n) + 0.5 * LAMBDA * theta @ theta


def gradient(theta, b):
    r = X @ theta + b - y
    return X.T @ r / n + LAMBDA * theta, r.mean()


LAMBDA = 0.1
theta, b = rng.normal(size=d), 0.0
norm = np.inf
steps = 0
while norm > 1e-6 and steps < 5000:
    value = objective(theta, b)
    g_theta, g_b = gradient(theta, b)
    theta = theta - 0.2 * g_theta
    b = b - 0.2 * g_b
    norm = np.sqrt(g_theta @ g_theta + g_b ** 2)
    steps += 1
exact = np.linalg.solve(X.T @ (X - X.mean(0)) / n + LAMBDA * np.eye(d), X.T @ (y - y.mean()) / n)
print(steps, "steps, distance to the closed form", np.abs(theta - exact).max())
