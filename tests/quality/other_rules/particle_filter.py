# learns by another rule than the gradient of a loss it shows
import numpy as np
rng = np.random.default_rng(0)
N = 300
x = rng.normal(size=N); weights = np.ones(N) / N
truth = 0.1
for t in range(1, 40):
    truth = 0.5 * truth + 25 * truth / (1 + truth ** 2) + 8 * np.cos(1.2 * t) + rng.normal()
    z = truth ** 2 / 20 + rng.normal()
    x = 0.5 * x + 25 * x / (1 + x ** 2) + 8 * np.cos(1.2 * t) + rng.normal(size=N)
    weights = weights * np.exp(-0.5 * (z - x ** 2 / 20) ** 2) + 1e-300
    weights /= weights.sum()
    est = (weights * x).sum()
    error = est - truth
    if 1 / (weights ** 2).sum() < N / 2:
        idx = np.searchsorted(np.cumsum(weights), (np.arange(N) + rng.random()) / N).clip(max=N - 1)
        x = x[idx]; weights = np.ones(N) / N
print(error)
