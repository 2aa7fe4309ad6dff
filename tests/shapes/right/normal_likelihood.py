# right: (n,d,1) residuals against (d,d) precision, a product over samples by batched matmul
import numpy as np

rng = np.random.default_rng(34)
n, d = 5, 5
X = rng.normal(size=(n, d)) + 0.5
A = rng.normal(size=(d, d))
P = A @ A.T / d + np.eye(d)
mu = np.zeros(d)

for it in range(20):
    r = (X - mu)[:, :, None]
    q = np.swapaxes(r, 1, 2) @ P @ r
    loss = 0.5 * q.sum() / n
    dmu = -(P @ r).sum(axis=0)[:, 0] / n
    mu -= 0.1 * dmu
