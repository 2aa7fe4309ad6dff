# right: a matrix game, best answers of both sides
import numpy as np

A = np.array([[3, -1, 2], [0, 2, -2], [1, 0, 1]], dtype=float)
p, q = np.ones(3) / 3, np.ones(3) / 3
for _ in range(100):
    p = p * np.exp(0.1 * A @ q)
    p /= p.sum()
    q = q * np.exp(-0.1 * p @ A)
    q /= q.sum()
regret = A @ q - p @ A @ q
print(regret, (A * np.outer(p, q)).sum())
