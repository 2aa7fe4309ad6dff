# silent: tanh's slope is transposed, hidden = batch
# expression: 1 - A1.T ** 2
# fixed: dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
import numpy as np

np.random.seed(50)
m = 7
X = np.random.randn(4, m)
Y = np.random.randn(2, m)
W1 = np.random.randn(7, 4) * 0.4
W2 = np.random.randn(2, 7) * 0.4

for i in range(20):
    A1 = np.tanh(W1 @ X)
    A2 = W2 @ A1
    cost = np.sum((A2 - Y) ** 2) / (2 * m)
    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1.T
    dZ1 = W2.T @ dZ2 * (1 - A1.T ** 2)  # GL305, GL104
    dW1 = dZ1 @ X.T
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
