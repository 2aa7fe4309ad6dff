import numpy as np

rng = np.random.default_rng(0)
truth = rng.normal(size=20)
guess = (truth + 0.1 * rng.normal(size=20)).reshape(-1, 1)
rmse = np.sqrt(np.mean((guess - truth) ** 2))  # GL102
print(rmse)
