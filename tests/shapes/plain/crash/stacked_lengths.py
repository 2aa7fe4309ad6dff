# says:
import numpy as np

rng = np.random.default_rng(0)
a, b = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
both = np.vstack([a, b])  # GL106
