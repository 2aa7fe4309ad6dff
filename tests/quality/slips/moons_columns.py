# A copy of a tanh tutorial, with the 1/m forgotten while cleaning up.
import numpy as np

np.random.seed(1)
m = 90
t = np.random.uniform(0, np.pi, m)
side = np.random.randint(0, 2, m)
X = np.vstack([np.cos(t) * (1 - 2 * side) + side, np.sin(t) * (1 - 2 * side) + 0.4 * side])
X += 0.1 * np.random.randn(2, m)
Y = side.reshape(1, -1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


W1 = np.random.randn(5, 2)
b1 = np.zeros((5, 1))
W2 = np.random.randn(1, 5)
b2 = np.zeros((1, 1))

for i in range(4000):
    Z1 = W1 @ X + b1
    A1 = sigmoid(Z1)
    Z2 = W2 @ A1 + b2
    A2 = sigmoid(Z2)
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (W2.T @ dZ2) * (1 - A1 ** 2)  # GL303
    dW1 = dZ1 @ X.T  # GL201
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m

    W1 -= 0.3 * dW1
    b1 -= 0.3 * db1
    W2 -= 0.3 * dW2
    b2 -= 0.3 * db2
    if i % 1000 == 0:
        print(i, cost)
