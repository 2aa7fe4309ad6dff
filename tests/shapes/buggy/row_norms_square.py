# silent: rows divided by their norms without keepdims, as many rows as columns
# expression: np.sqrt((Z ** 2).sum(axis=1))
# fixed: r = np.sqrt((Z ** 2).sum(axis=1, keepdims=True))
import numpy as np

np.random.seed(8)
n, d, k = 6, 4, 6
X = np.random.randn(n, d)
T = np.random.randn(n, k)
W = np.random.randn(d, k) * 0.5

for step in range(20):
    Z = X @ W
    r = np.sqrt((Z ** 2).sum(axis=1))  # GL105
    U = Z / r
    loss = 0.5 * np.sum((U - T) ** 2)
    dU = U - T
    dZ = dU / r - U * np.sum(dU * U, axis=1, keepdims=True) / r
    W -= 0.05 * X.T @ dZ
