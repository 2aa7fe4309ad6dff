# crash: np.dot in the backward pass, the activation is not transposed
# expression: np.dot(dZ2, A1)
# fixed: dW2 = np.dot(dZ2, A1.T) / m
import numpy as np

np.random.seed(61)
m = 9
X = np.random.randn(4, m)
Y = (np.random.rand(1, m) > 0.5).astype(float)
W1 = np.random.randn(5, 4) * 0.3
W2 = np.random.randn(1, 5) * 0.3

for i in range(10):
    Z1 = np.dot(W1, X)
    A1 = np.maximum(0, Z1)
    A2 = 1 / (1 + np.exp(-np.dot(W2, A1)))
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1) / m  # GL106
    dZ1 = np.dot(W2.T, dZ2)
    dZ1[Z1 <= 0] = 0
    dW1 = np.dot(dZ1, X.T) / m
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
