# right: a map that learns without a gradient
import numpy as np

rng = np.random.default_rng(15)
data = rng.uniform(size=(60, 3))
grid = np.stack(np.meshgrid(np.arange(5), np.arange(5), indexing="ij"), axis=-1)
nodes = rng.uniform(size=(5, 5, 3))
for i in range(120):
    sample = data[i % 60]
    best = np.unravel_index(((nodes - sample) ** 2).sum(axis=-1).argmin(), (5, 5))
    near = np.exp(-((grid - np.array(best)) ** 2).sum(axis=-1) / 2)
    nodes = nodes + 0.3 * near[:, :, None] * (sample - nodes)
print(nodes.mean(axis=(0, 1)))
