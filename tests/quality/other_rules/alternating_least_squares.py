# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(2)
R = np.random.rand(12, 9); k = 3; lam = 0.1
U = np.random.rand(12, k); V = np.random.rand(9, k)
for it in range(20):
    U = R @ V @ np.linalg.inv(V.T @ V + lam * np.eye(k))
    V = R.T @ U @ np.linalg.inv(U.T @ U + lam * np.eye(k))
    loss = ((R - U @ V.T) ** 2).sum() + lam * ((U ** 2).sum() + (V ** 2).sum())
    print(loss)
