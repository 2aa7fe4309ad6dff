# crash: factors both in rows
# expression: U @ V
# says: V\.T
import numpy as np

rng = np.random.default_rng(10)
users, items, k = 8, 12, 3
R = rng.integers(1, 6, size=(users, items)).astype(float)
U, V = rng.normal(size=(users, k)), rng.normal(size=(items, k))
lr = 0.01
for epoch in range(5):
    E = R - U @ V  # GL106
    U_new = U + lr * E @ V
    V = V + lr * E.T @ U
    U = U_new
print(np.sqrt(np.mean(E ** 2)))
