# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(3)
X = np.random.randn(50, 8)
D = np.random.randn(8, 12); D /= np.linalg.norm(D, axis=0)
C = np.random.randn(50, 12) * .1
for it in range(100):
    R = C @ D.T - X
    loss = 0.5 * np.sum(R ** 2) + 0.1 * np.sum(C ** 2)
    gC = R @ D + 0.2 * C
    gD = R.T @ C
    C = C - 0.01 * gC
    D = D - 0.01 * gD
    D = D / np.linalg.norm(D, axis=0)
print(loss)
