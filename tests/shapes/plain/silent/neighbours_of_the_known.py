# silent: the nearest questions of each known point, read as the nearest known points
# expression: np.argsort(far, axis=0)
import numpy as np

rng = np.random.default_rng(0)
known, asked = rng.normal(size=(50, 3)), rng.normal(size=(9, 3))
kinds = (known.sum(axis=1) > 0).astype(int)
far = ((asked[:, None] - known) ** 2).sum(axis=2)
near = np.argsort(far, axis=0)[:, :5]  # GL105
print(kinds[near].mean(axis=1) > 0.5)
