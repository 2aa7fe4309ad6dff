# right: the printed error is a mean, the gradients belong to half the sum of squares
import numpy as np


def init(n_in, n_hid, n_out, rng):
    return {
        "W1": rng.normal(0, 0.4, (n_in, n_hid)),
        "b1": np.zeros((1, n_hid)),
        "W2": rng.normal(0, 0.4, (n_hid, n_out)),
        "b2": np.zeros((1, n_out)),
    }


def forward(X, p):
    h = np.tanh(X @ p["W1"] + p["b1"])
    return h, h @ p["W2"] + p["b2"]


def backward(X, Y, h, out, p):
    g = {}
    err = out - Y
    g["W2"] = h.T @ err
    g["b2"] = err.sum(axis=0, keepdims=True)
    dh = (err @ p["W2"].T) * (1 - h ** 2)
    g["W1"] = X.T @ dh
    g["b1"] = dh.sum(axis=0, keepdims=True)
    return g


rng = np.random.default_rng(2)
X = np.linspace(-2, 2, 60).reshape(-1, 1)
Y = np.hstack([np.sin(2 * X), np.cos(X)])
p = init(1, 10, 2, rng)

for it in range(3000):
    h, out = forward(X, p)
    mse = np.mean((out - Y) ** 2)
    if it % 500 == 0:
        print(it, "mse =", mse)
    g = backward(X, Y, h, out, p)
    for k in p:
        p[k] -= 0.005 * g[k]
