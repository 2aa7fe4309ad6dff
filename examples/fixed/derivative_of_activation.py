"""Regression with two tanh layers; tanh_prime is the formula from the reference, 1 - tanh(z)**2.

It starts to learn and then gets stuck early: small errors hardly travel back at all.
What changed: tanh_prime gets z, as its own code expects, instead of the activation.
"""
import numpy as np


def tanh(z):
    return np.tanh(z)


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


def forward(X, p):
    cache = {}
    cache["Z1"] = X @ p["W1"] + p["b1"]
    cache["A1"] = tanh(cache["Z1"])
    cache["Z2"] = cache["A1"] @ p["W2"] + p["b2"]
    cache["A2"] = tanh(cache["Z2"])
    cache["out"] = cache["A2"] @ p["W3"] + p["b3"]
    return cache["out"], cache


def backward(X, y, p, cache):
    N = len(X)
    d3 = (cache["out"] - y) / N
    d2 = (d3 @ p["W3"].T) * tanh_prime(cache["Z2"])
    d1 = (d2 @ p["W2"].T) * tanh_prime(cache["Z1"])
    return {
        "W3": cache["A2"].T @ d3, "b3": d3.sum(axis=0),
        "W2": cache["A1"].T @ d2, "b2": d2.sum(axis=0),
        "W1": X.T @ d1, "b1": d1.sum(axis=0),
    }


def main():
    rng = np.random.default_rng(41)
    X = rng.uniform(-2, 2, (90, 2))
    y = np.cos(X[:, :1]) - 0.5 * X[:, 1:] ** 2
    sizes = [2, 9, 7, 1]
    p = {}
    for k in (1, 2, 3):
        p["W%d" % k] = rng.normal(0, 1 / np.sqrt(sizes[k - 1]), (sizes[k - 1], sizes[k]))
        p["b%d" % k] = np.zeros(sizes[k])
    for it in range(4000):
        out, cache = forward(X, p)
        J = np.sum((out - y) ** 2) / (2 * len(X))
        g = backward(X, y, p, cache)
        for name in p:
            p[name] = p[name] - 0.1 * g[name]
        if it % 500 == 0:
            print("iteration", it, "J =", J)


if __name__ == "__main__":
    main()
