# crash: np.where with the condition of one layer and the slope of another
# expression: np.where(Z1 > 0, dZ2, 0.1 * dZ2)
# fixed: dZ1 = np.where(Z1 > 0, dA1, 0.1 * dA1)
import numpy as np

np.random.seed(83)
X = np.random.randn(10, 3)
Y = np.random.randn(10, 2)
W1 = np.random.randn(3, 6)
W2 = np.random.randn(6, 2)

for it in range(10):
    Z1 = X @ W1
    A1 = np.where(Z1 > 0, Z1, 0.1 * Z1)
    out = A1 @ W2
    loss = 0.5 * np.mean((out - Y) ** 2)
    dZ2 = (out - Y) / out.size
    dA1 = dZ2 @ W2.T
    dZ1 = np.where(Z1 > 0, dZ2, 0.1 * dZ2)  # GL106
    W1 -= 0.1 * X.T @ dZ1
    W2 -= 0.1 * A1.T @ dZ2
