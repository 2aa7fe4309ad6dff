# right: the parameters are as many as the samples, K is square and symmetric
import numpy as np

np.random.seed(20)
n = 9
X = np.random.randn(n, 2)
y = np.sin(X[:, 0]) + 0.1 * np.random.randn(n)
sq = (X ** 2).sum(axis=1)
K = np.exp(-0.5 * (sq[:, None] + sq[None, :] - 2 * X @ X.T))
alpha = np.zeros(n)
lam = 0.1

for it in range(50):
    r = K @ alpha - y
    loss = 0.5 * r @ r + 0.5 * lam * alpha @ K @ alpha
    grad = K @ r + lam * K @ alpha
    alpha = alpha - 0.05 * grad
