import numpy as np

rng = np.random.default_rng(0)
X = np.column_stack([np.ones(25), rng.normal(size=25)])
y = X @ np.array([[1.0], [2.0]]) + 0.1 * rng.normal(size=(25, 1))
coef = np.linalg.lstsq(X, y[:, 0], rcond=None)[0]
fit = X @ coef
r2 = 1 - np.sum((y - fit) ** 2) / np.sum((y - y.mean()) ** 2)  # GL102
print(r2)
