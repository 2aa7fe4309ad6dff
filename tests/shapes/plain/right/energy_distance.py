# right: two samples of one size, all pairs
import numpy as np

rng = np.random.default_rng(14)
x, y = rng.normal(size=(25, 2)), rng.normal(0.5, 1, size=(25, 2))


def mean_distance(a, b):
    return np.sqrt(((a[:, None] - b) ** 2).sum(axis=-1)).mean()


print(2 * mean_distance(x, y) - mean_distance(x, x) - mean_distance(y, y))
