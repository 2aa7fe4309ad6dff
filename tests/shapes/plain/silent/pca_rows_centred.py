# silent: rows centred where columns are meant
# expression: data.mean(axis=1, keepdims=True)
import numpy as np

rng = np.random.default_rng(5)
data = rng.normal(size=(80, 6)) + np.array([5.0, 1, 0, -2, 3, 8])
n, d = data.shape
centred = data - data.mean(axis=1, keepdims=True)  # GL105
cov = centred.T @ centred / (n - 1)
values, vectors = np.linalg.eigh(cov)
order = np.argsort(values)[::-1]
components = vectors[:, order[:2]]
scores = centred @ components
print(values[order][:2] / values.sum(), scores.shape)
