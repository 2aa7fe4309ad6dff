# crash: a mask without the heads
# expression: scores + mask
# says: mask\[:, None, None
import numpy as np

rng = np.random.default_rng(13)
B, heads, T, d = 2, 4, 7, 8
q, k, v = (rng.normal(size=(B, heads, T, d)) for _ in range(3))
valid = np.arange(T) < np.array([[7], [4]])
mask = np.where(valid, 0.0, -1e9)
scores = q @ k.swapaxes(-1, -2) / np.sqrt(d)
scores = scores + mask  # GL106
p = np.exp(scores - scores.max(-1, keepdims=True))
p /= p.sum(-1, keepdims=True)
print((p @ v).shape)
