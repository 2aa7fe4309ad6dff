import numpy as np

rng = np.random.default_rng(0)
wages = rng.lognormal(3, 0.4, size=40)
draws = wages[rng.integers(0, 40, size=(200, 40))].mean(axis=1)
low, high = np.percentile(draws, [5, 95])
print(((draws > low) & (draws < high)).mean())
