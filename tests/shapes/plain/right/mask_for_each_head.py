import numpy as np

rng = np.random.default_rng(0)
heads, length = 4, 4
scores = rng.normal(size=(heads, heads, length, length))
bias = -np.abs(np.arange(length)[:, None] - np.arange(length)) * 2.0 ** -np.arange(heads)[:, None, None]
w = np.exp(scores + bias)
w /= w.sum(axis=-1, keepdims=True)
print(w.sum())
