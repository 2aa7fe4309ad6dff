# crash: batched matmul, keys not swapped
# expression: Q @ K
# fixed: S = Q @ K.swapaxes(1, 2) / 2.0
import numpy as np

np.random.seed(87)
B, T, D = 3, 5, 4
x = np.random.randn(B, T, D)
y = np.random.randn(B, T, T)
Wq = np.random.randn(D, D) * 0.5
Wk = np.random.randn(D, D) * 0.5

for it in range(10):
    Q = x @ Wq
    K = x @ Wk
    S = Q @ K / 2.0  # GL106
    loss = 0.5 * np.sum((S - y) ** 2)
    dS = (S - y) / 2.0
    dQ = dS @ K
    dK = dS.swapaxes(1, 2) @ Q
    Wq -= 0.01 * np.einsum('btd,bte->de', x, dQ)
    Wk -= 0.01 * np.einsum('btd,bte->de', x, dK)
