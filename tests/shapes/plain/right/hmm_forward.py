import numpy as np

rng = np.random.default_rng(0)
T = np.array([[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.0, 0.2, 0.8]])
E = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]])
seen = rng.integers(0, 3, size=20)
alpha = np.full(3, 1 / 3) * E[:, seen[0]]
total = 0.0
for s in seen[1:]:
    alpha = (alpha @ T) * E[:, s]
    total += np.log(alpha.sum())
    alpha /= alpha.sum()
print(total)
