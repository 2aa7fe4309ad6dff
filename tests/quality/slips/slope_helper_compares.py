# The function of the slope compares the wrong way, in both layers that use it.
import numpy as np

rng = np.random.default_rng(31)
X, T = rng.normal(size=(2, 40)), rng.normal(size=(1, 40))
m, sizes, ALPHA = 40, [2, 10, 8, 1], 1.0
W = [rng.normal(size=(b, a)) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]
shift = [0.1 * rng.normal(size=(b, 1)) for b in sizes[1:]]


def elu(z):
    return np.where(z > 0, z, ALPHA * (np.exp(np.minimum(z, 0)) - 1))


def slope_from_output(a):
    return np.where(a < 0, 1.0, a + ALPHA)  # GL303


for epoch in range(100):
    a1 = elu(W[0] @ X + shift[0])
    a2 = elu(W[1] @ a1 + shift[1])
    out = W[2] @ a2 + shift[2]
    loss = np.sum((out - T) ** 2) / (2 * m)
    d = (out - T) / m
    g2, s2 = d @ a2.T, d.sum(axis=1, keepdims=True)
    d = (W[2].T @ d) * slope_from_output(a2)
    g1, s1 = d @ a1.T, d.sum(axis=1, keepdims=True)
    d = (W[1].T @ d) * slope_from_output(a1)
    g0, s0 = d @ X.T, d.sum(axis=1, keepdims=True)
    for k, (g, s) in enumerate(((g0, s0), (g1, s1), (g2, s2))):
        W[k] -= 0.05 * g
        shift[k] -= 0.05 * s
