# crash: the slope of the wrong layer does not broadcast
# expression: np.dot(dZ2, W2.T) * (1 - A2 ** 2)
# fixed: dZ1 = np.dot(dZ2, W2.T) * (1 - A1 ** 2)
import numpy as np

np.random.seed(65)
X = np.random.randn(15, 4)
Y = np.random.uniform(-0.9, 0.9, (15, 2))
W1 = np.random.randn(4, 6) * 0.4
W2 = np.random.randn(6, 2) * 0.4

for epoch in range(10):
    A1 = np.tanh(np.dot(X, W1))
    A2 = np.tanh(np.dot(A1, W2))
    loss = np.mean(np.sum((A2 - Y) ** 2, axis=1))
    dZ2 = 2 * (A2 - Y) * (1 - A2 ** 2) / 15
    dZ1 = np.dot(dZ2, W2.T) * (1 - A2 ** 2)  # GL106
    W2 -= 0.1 * np.dot(A1.T, dZ2)
    W1 -= 0.1 * np.dot(X.T, dZ1)
