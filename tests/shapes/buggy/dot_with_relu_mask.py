# silent: np.dot with the relu mask where an elementwise product belongs, batch = hidden
# expression: np.dot(dA1, Z1 > 0)
# fixed: dZ1 = dA1 * (Z1 > 0)
import numpy as np

np.random.seed(44)
X = np.random.randn(6, 3)
Y = np.random.randn(6, 2)
W1 = np.random.randn(3, 6)
W2 = np.random.randn(6, 2)
lr = 0.01

for epoch in range(20):
    Z1 = np.dot(X, W1)
    A1 = np.maximum(0, Z1)
    out = np.dot(A1, W2)
    loss = np.square(out - Y).sum()
    dout = 2.0 * (out - Y)
    dW2 = np.dot(A1.T, dout)
    dA1 = np.dot(dout, W2.T)
    dZ1 = np.dot(dA1, Z1 > 0)  # GL306, GL104
    dW1 = np.dot(X.T, dZ1)
    W1 -= lr * dW1
    W2 -= lr * dW2
