import numpy as np


def cost(w, X, y):
    return np.mean((X @ w - y) ** 2)


def cost_gradient(w, X, y):
    return 2 * X.T @ (X @ w - y) / len(y)


def numerical_gradient(w, X, y, eps=1e-5):
    found = np.zeros_like(w)
    for k in range(len(w)):
        step = np.zeros_like(w)
        step[k] = eps
        found[k] = (cost(w + step, X, y) - cost(w - step, X, y)) / (2 * eps)
    return found
