# silent: bias gradient summed over everything
# expression: np.sum(dZ2)
# fixed: db2 = np.sum(dZ2, axis=0, keepdims=True)
import numpy as np

np.random.seed(19)
X = np.random.randn(14, 5)
Y = np.eye(3)[np.random.randint(0, 3, 14)]
W1 = np.random.randn(5, 6) * 0.3
b1 = np.zeros((1, 6))
W2 = np.random.randn(6, 3) * 0.3
b2 = np.zeros((1, 3))

for epoch in range(30):
    A1 = np.tanh(np.dot(X, W1) + b1)
    A2 = 1 / (1 + np.exp(-(np.dot(A1, W2) + b2)))
    loss = -np.mean(np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2), axis=1))
    dZ2 = (A2 - Y) / X.shape[0]
    dW2 = np.dot(A1.T, dZ2)
    db2 = np.sum(dZ2)  # GL206, GL101
    dZ1 = np.dot(dZ2, W2.T) * (1 - A1 ** 2)
    dW1 = np.dot(X.T, dZ1)
    db1 = np.sum(dZ1, axis=0, keepdims=True)
    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
    b2 -= 0.1 * db2
