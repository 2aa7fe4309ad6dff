import numpy as np

rng = np.random.default_rng(0)
batch = heads = 4
scores = rng.normal(size=(batch, heads, 5, 5))
lengths = np.array([5, 3, 2, 4])
mask = (np.arange(5) < lengths[:, None])[:, None, :] * np.ones((1, 5, 1))
hidden = np.where(mask > 0, scores, -1e9)  # GL104
print(hidden.max(axis=-1).shape)
