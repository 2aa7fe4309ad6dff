import numpy as np


def learn(w, b, X, Y):
    A = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw, db = X.T @ (A - Y) / len(Y), np.mean(A - Y)
    return dw, db, loss


rng = np.random.default_rng(0)
print(learn(rng.normal(size=3), 0.2, rng.normal(size=(8, 3)), rng.integers(0, 2, 8)))
