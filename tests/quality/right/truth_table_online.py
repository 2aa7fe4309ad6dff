# right: one row of a truth table at a time, and the first row is all zeros
import numpy as np

rng = np.random.default_rng(64)
rows = [((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0)]
V, c = rng.normal(size=(3, 2)), rng.normal(size=(3, 1))
w, d = rng.normal(size=(1, 3)), rng.normal(size=(1, 1))


def squash(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(2000):
    for given, wanted in rows:
        x = np.array(given).reshape(2, 1)
        h = squash(V @ x + c)
        o = squash(w @ h + d)
        back = (o - wanted) * o * (1 - o)
        behind = (w.T @ back) * h * (1 - h)
        w = w - 0.5 * back @ h.T
        d = d - 0.5 * back
        V = V - 0.5 * behind @ x.T
        c = c - 0.5 * behind
