# the slope takes a sum and is given activations, at the output and behind a unit put before them
import numpy as np

rng = np.random.default_rng(9)
xs, ys = rng.normal(size=(7, 4)), rng.uniform(size=(7, 2))
low, high = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))


def logistic(s):
    return 1 / (1 + np.exp(-s))


def steepness(s):
    return logistic(s) * (1 - logistic(s))


for epoch in range(20):
    for x, y in zip(xs, ys):
        h = np.hstack(([1.0], logistic(x @ low)))
        out = logistic(h @ high)
        d = (out - y) * steepness(out)  # GL302
        dh = (high @ d) * steepness(h)  # GL302, GL399
        high -= 0.5 * np.outer(h, d)
        low -= 0.5 * np.outer(x, dh[1:])
