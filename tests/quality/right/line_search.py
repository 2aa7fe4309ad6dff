# right: every step is tried at other lengths first; the loss of a trial is not the loss of the step
import numpy as np

rng = np.random.default_rng(1)
X, y = rng.normal(size=(50, 4)), rng.normal(size=50)


def f(w):
    return np.mean((np.tanh(X @ w) - y) ** 2)


def grad(w):
    t = np.tanh(X @ w)
    return 2 * X.T @ ((t - y) * (1 - t ** 2)) / len(y)


def accepted(w, g):
    length = 8.0
    while f(w - length * g) > f(w) - 0.3 * length * g @ g:
        length *= 0.5
    return length


w = rng.normal(size=4)
for it in range(30):
    g = grad(w)
    length = accepted(w, g)
    w = w - length * g
print(f(w))
