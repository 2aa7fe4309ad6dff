# a step is halved until the misfit falls; its direction forgets the observations
import numpy as np

rng = np.random.default_rng(3)
A = rng.normal(size=(15, 3))
seen = A @ [0.5, -1.0, 2.0] + 0.1 * rng.normal(size=15)
w = rng.normal(size=3)


def height(w):
    return 0.5 * np.sum((A @ w - seen) ** 2)


for k in range(30):
    slope = A.T @ (A @ w)  # GL309, GL399
    size = 0.1
    while height(w - size * slope) > height(w) and size > 1e-6:
        size /= 2
    w = w - size * slope
