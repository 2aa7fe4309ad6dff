# crash: weights for rows
# expression: particles * weights
# says: weights\[:, None\]
import numpy as np

rng = np.random.default_rng(0)
N = 100
particles = rng.uniform(-1, 1, size=(N, 2))
z = np.array([0.3, -0.2])
weights = np.exp(-((particles - z) ** 2).sum(axis=1) / 0.1)
weights /= weights.sum()
mean = np.sum(particles * weights, axis=0)  # GL106
print(mean)
