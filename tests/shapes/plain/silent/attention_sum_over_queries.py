# silent: a softmax over the queries
# expression: np.sum(e, axis=1, keepdims=True)
import numpy as np

rng = np.random.default_rng(6)
B, T, d = 2, 6, 4
q, k, v = rng.normal(size=(3, B, T, d))
scores = np.einsum("bqd,bkd->bqk", q, k) / np.sqrt(d)
e = np.exp(scores - scores.max(axis=-1, keepdims=True))
attention = e / np.sum(e, axis=1, keepdims=True)  # GL407
out = np.einsum("bqk,bkd->bqd", attention, v)
print(out.mean(), attention.sum(axis=-1)[0])
