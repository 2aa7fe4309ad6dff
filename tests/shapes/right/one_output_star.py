# right: W2.T * dZ2 with one output unit is the outer product that is needed
import numpy as np

np.random.seed(23)
m = 10
X = np.random.randn(4, m)
Y = (np.random.rand(1, m) > 0.5).astype(float)
W1 = np.random.randn(6, 4) * 0.4
b1 = np.zeros((6, 1))
W2 = np.random.randn(1, 6) * 0.4
b2 = np.zeros((1, 1))

for i in range(30):
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1.T
    db2 = np.sum(dZ2)
    dZ1 = W2.T * dZ2 * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T
    db1 = np.sum(dZ1, axis=1, keepdims=True)
    W1 -= 0.3 * dW1
    b1 -= 0.3 * db1
    W2 -= 0.3 * dW2
    b2 -= 0.3 * db2
