import numpy as np

rng = np.random.default_rng(0)
a, b = rng.normal(size=15), rng.normal(0.5, 1, size=15)
def k(u, v):
    return np.exp(-(u[:, None] - v) ** 2)
print(k(a, a).mean() + k(b, b).mean() - 2 * k(a, b).mean())
