# db1 is computed and then the bias is subtracted from itself; dW2 has lost its 1/m.
import numpy as np

np.random.seed(12)


def forward_pass(X, W1, b1, W2, b2):
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = 1 / (1 + np.exp(-(np.dot(W2, A1) + b2)))
    return A1, A2


def backward_pass(X, Y, A1, A2, W2):
    m = X.shape[1]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T)  # GL201
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


X = np.random.randn(2, 60)
Y = (X[0:1] ** 2 + X[1:2] ** 2 < 1.2).astype(int)
W1, b1 = np.random.randn(6, 2) * 0.5, np.random.randn(6, 1) * 0.1
W2, b2 = np.random.randn(1, 6) * 0.5, np.zeros((1, 1))
learning_rate = 0.4

for i in range(3000):
    A1, A2 = forward_pass(X, W1, b1, W2, b2)
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dW1, db1, dW2, db2 = backward_pass(X, Y, A1, A2, W2)
    W1 = W1 - learning_rate * dW1
    b1 = b1 - learning_rate * b1  # GL404
    W2 = W2 - learning_rate * dW2
    b2 = b2 - learning_rate * db2
    if i % 500 == 0:
        print(i, cost)
