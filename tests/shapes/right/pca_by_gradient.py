# right: X.T @ X @ w contracts the batch with itself; the gradient is added (ascent on the variance)
import numpy as np

np.random.seed(21)
X = np.random.randn(20, 5) @ np.random.randn(5, 5)
X = X - X.mean(axis=0)
w = np.random.randn(5)
w /= np.sqrt(w @ w)

for step in range(30):
    proj = X @ w
    loss = -0.5 * np.mean(proj ** 2) / (w @ w)
    q = w @ w
    grad = X.T @ proj / len(X) / q - np.mean(proj ** 2) * w / q ** 2
    w = w + 0.05 * grad
