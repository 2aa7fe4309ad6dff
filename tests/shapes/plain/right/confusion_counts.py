import numpy as np

rng = np.random.default_rng(0)
truth, guess = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
table = (truth[:, None] == np.arange(4)).astype(int).T @ (guess[:, None] == np.arange(4)).astype(int)
recall = np.diag(table) / table.sum(axis=1)
precision = np.diag(table) / table.sum(axis=0)
print(recall.round(2), precision.round(2))
