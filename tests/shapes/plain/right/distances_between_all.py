import numpy as np

rng = np.random.default_rng(0)
towns = rng.uniform(0, 100, size=(12, 2))
apart = np.sqrt(((towns[:, None, :] - towns[None, :, :]) ** 2).sum(axis=2))
np.fill_diagonal(apart, np.inf)
print(apart.argmin(axis=1))
