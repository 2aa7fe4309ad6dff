# silent: np.multiply of three factors, the third receives the product
# expression: np.multiply(dA1, 1 - A1, A1)
# fixed: dZ1 = dA1 * (1 - A1) * A1
import numpy as np

np.random.seed(29)
X = np.random.rand(4, 15)
Y = (np.random.rand(1, 15) < 0.5).astype(float)
W1 = np.random.randn(6, 4)
b1 = np.zeros((6, 1))
W2 = np.random.randn(1, 6)
b2 = np.zeros((1, 1))
m = X.shape[1]

for epoch in range(30):
    A1 = 1 / (1 + np.exp(-(W1 @ X + b1)))
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    loss = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dZ2 = (A2 - Y) / m
    dA1 = W2.T @ dZ2
    dW2 = dZ2 @ A1.T
    dZ1 = np.multiply(dA1, 1 - A1, A1)  # GL107
    W1 -= 0.5 * dZ1 @ X.T
    b1 -= 0.5 * dZ1.sum(axis=1, keepdims=True)
    W2 -= 0.5 * dW2
    b2 -= 0.5 * dZ2.sum(axis=1, keepdims=True)
