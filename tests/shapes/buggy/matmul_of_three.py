# silent: np.matmul with a third positional array overwrites it
# expression: np.matmul(dZ2, W2.T, dA1)
# fixed: dZ1 = np.matmul(dZ2, W2.T) * dA1
import numpy as np

np.random.seed(28)
X = np.random.randn(13, 3)
Y = np.random.randn(13, 2)
W1 = np.random.randn(3, 5) * 0.5
W2 = np.random.randn(5, 2) * 0.5

for epoch in range(20):
    A1 = np.tanh(np.matmul(X, W1))
    out = np.matmul(A1, W2)
    loss = np.sum((out - Y) ** 2) / 13
    dZ2 = 2 * (out - Y) / 13
    dA1 = 1 - A1 ** 2
    dZ1 = np.matmul(dZ2, W2.T, dA1)  # GL107
    W2 -= 0.1 * np.matmul(A1.T, dZ2)
    W1 -= 0.1 * np.matmul(X.T, dZ1)
