import numpy as np

rng = np.random.default_rng(0)
gene = rng.normal(size=(6, 6)) + np.arange(6)[:, None]
centred = gene - gene.mean(axis=1)  # GL105
print(np.abs(centred.mean(axis=1)).max())
