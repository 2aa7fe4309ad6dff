# right: a variance for every prediction
import numpy as np

rng = np.random.default_rng(13)
X = np.column_stack([np.ones(25), rng.normal(size=(25, 2))])
y = X @ [1.0, 2.0, -1.0] + rng.normal(size=25)
w = np.zeros(3)
for step in range(400):
    r = X @ w - y
    w -= 0.1 * X.T @ r / len(y)
cov = np.linalg.inv(X.T @ X) * (r @ r) / (25 - 3)
grid = np.column_stack([np.ones(25), np.linspace(-2, 2, 25), np.zeros(25)])
var = np.einsum("ij,jk,ik->i", grid, cov, grid)
band = (grid @ w)[:, None] + np.array([-2, 2]) * np.sqrt(var)[:, None]
leverage = ((X @ np.linalg.inv(X.T @ X)) * X).sum(axis=1)
print(band[:3], leverage.sum())
