# right: probabilities against edges
import numpy as np

rng = np.random.default_rng(15)
p = rng.uniform(size=10)
hit = rng.uniform(size=10) < p
edges = np.linspace(0, 1, 11)
inside = (p >= edges[:-1, None]) & (p < edges[1:, None])
count = inside.sum(axis=1)
mean_hit = (inside * hit).sum(axis=1) / np.maximum(count, 1)
mean_p = (inside * p).sum(axis=1) / np.maximum(count, 1)
print(np.abs(mean_hit - mean_p).max(), count)
