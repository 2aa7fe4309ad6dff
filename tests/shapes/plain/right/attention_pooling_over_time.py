import numpy as np

rng = np.random.default_rng(0)
frames = rng.normal(size=(6, 4))
gate = np.exp(frames) / np.exp(frames).sum(axis=0)
pooled = (gate * frames).sum(axis=0)
print(pooled)
