# right: the height that a line search compares is a log-likelihood, written with logaddexp
import numpy as np

rng = np.random.default_rng(66)
D = np.c_[np.ones(30), rng.normal(size=(30, 2))]
t = (D[:, 1] + rng.normal(size=30) > 0) * 1.0


def height(w):
    z = D @ w
    return np.sum(np.logaddexp(0, z) - t * z)


def slope(w):
    return D.T @ (1 / (1 + np.exp(-D @ w)) - t)


w = np.zeros(3)
for it in range(25):
    f, g = height(w), slope(w)
    step = 1.0
    while height(w - step * g) > f - 1e-4 * step * (g @ g):
        step *= 0.5
    w = w - step * g
