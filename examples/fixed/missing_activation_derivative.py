"""Deep net as lists of weights, leaky relu between the layers, one sample after the other.

The loop over the layers came out nicely short. A bit too short.
What changed: each delta is multiplied by the slope of the layer it arrives at.
"""
import numpy as np

np.random.seed(43)


def leaky(z):
    return np.where(z > 0, z, 0.2 * z)


def leaky_slope(z):
    return np.where(z > 0, 1.0, 0.2)


sizes = [2, 8, 8, 1]
weights = [np.random.randn(o, i) * np.sqrt(2 / i) for i, o in zip(sizes, sizes[1:])]
biases = [np.zeros(o) for o in sizes[1:]]

points = np.random.uniform(-1, 1, (60, 2))
heights = np.abs(points[:, 0]) + np.maximum(points[:, 1], 0)
lr = 0.01

for epoch in range(150):
    total = 0.0
    for point, height in zip(points, heights):
        a, acts, zs = point, [point], []
        for w, b in zip(weights[:-1], biases[:-1]):
            z = w @ a + b
            a = leaky(z)
            zs.append(z)
            acts.append(a)
        out = weights[-1] @ a + biases[-1]
        total += 0.5 * (out[0] - height) ** 2

        delta = out - height
        gw = [np.outer(delta, acts[-1])]
        gb = [delta]
        for k in range(len(weights) - 1, 0, -1):
            delta = (weights[k].T @ delta) * leaky_slope(zs[k - 1])
            gw.insert(0, np.outer(delta, acts[k - 1]))
            gb.insert(0, delta)

        weights = [w - lr * g for w, g in zip(weights, gw)]
        biases = [b - lr * g for b, g in zip(biases, gb)]
    if epoch % 30 == 0:
        print("epoch", epoch, "loss", total / len(points))
