# says: x\[:, None\]
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=40); mu = np.array([-1.0, 0.0, 1.0])
r = np.exp(-(x - mu) ** 2 / 2)  # GL106
