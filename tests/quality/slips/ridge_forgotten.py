# The penalty is in the printed loss only, and the intercept follows a sum while the weights follow a mean.
import numpy as np

np.random.seed(21)
N = 120
X = np.random.randn(N, 5)
y = (X @ np.array([1, -2, 0, 0, 1.5]) + 0.5 > 0).astype(float)
w = np.random.randn(5) * 0.1
b = 0.0
lam = 0.5

for i in range(1000):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + lam / 2 * np.sum(w ** 2)
    r = p - y
    grad_w = X.T @ r / N  # GL208
    grad_b = r.sum()  # GL201
    w = w - 0.1 * grad_w
    b = b - 0.1 * grad_b
    if i % 200 == 0:
        print(i, loss)
