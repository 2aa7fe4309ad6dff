# right: (n,1) plus (n,) squared norms make an (n,n) matrix on purpose
import numpy as np

np.random.seed(13)
n = 8
X = np.random.randn(n, 5)
G = np.random.rand(n, n)
G = (G + G.T) / 2
A = np.random.randn(5, 2) * 0.3

for it in range(20):
    Z = X @ A
    sq = np.sum(Z ** 2, axis=1)
    D = sq[:, None] + sq - 2 * Z @ Z.T
    loss = 0.5 * np.sum((D - G) ** 2) / n
    dD = (D - G) / n
    dsq = dD.sum(axis=1) + dD.sum(axis=0)
    dZ = 2 * Z * dsq[:, None] - 2 * (dD + dD.T) @ Z
    A -= 0.002 * X.T @ dZ
