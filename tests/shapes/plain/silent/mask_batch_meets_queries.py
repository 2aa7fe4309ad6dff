# silent: a mask whose batch meets the queries
# expression: np.where(mask, scores, -1e9)
import numpy as np

rng = np.random.default_rng(14)
B, T, d = 5, 5, 8
q, k, v = (rng.normal(size=(B, T, d)) for _ in range(3))
lengths = np.array([5, 3, 4, 2, 5])
mask = np.arange(T) < lengths[:, None]
scores = q @ k.transpose(0, 2, 1) / np.sqrt(d)
scores = np.where(mask, scores, -1e9)  # GL104
weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
weights /= weights.sum(axis=-1, keepdims=True)
out = weights @ v
print(out.shape)
