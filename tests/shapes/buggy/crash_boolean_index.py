# crash: boolean mask of another layer's shape
# expression: dA1[Z2 <= 0]
# fixed: dA1[Z1 <= 0] = 0
import numpy as np

np.random.seed(73)
X = np.random.randn(11, 4)
y = np.random.randint(0, 3, 11)
W1 = np.random.randn(4, 8) * 0.5
W2 = np.random.randn(8, 3) * 0.5

for epoch in range(10):
    Z1 = X.dot(W1)
    A1 = np.maximum(0, Z1)
    Z2 = A1.dot(W2)
    P = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(P[np.arange(11), y]))
    P[np.arange(11), y] -= 1
    P /= 11
    dA1 = P.dot(W2.T)
    dA1[Z2 <= 0] = 0  # GL106
    W2 -= 0.1 * A1.T.dot(P)
    W1 -= 0.1 * X.T.dot(dA1)
