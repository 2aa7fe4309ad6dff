# crash: (h,1) - (h,) made the bias (h,h) in step 1, step 2 raises
# expression: b1 - lr * db1
# fixed: b1 = b1 - lr * db1[:, None]
import numpy as np

np.random.seed(75)
m, n_h = 10, 4
X = np.random.randn(3, m)
Y = np.random.randn(2, m)
W1 = np.random.randn(n_h, 3) * 0.5
b1 = np.zeros((n_h, 1))
W2 = np.random.randn(2, n_h) * 0.5
lr = 0.1

for i in range(10):
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    out = np.dot(W2, A1)
    cost = np.sum((out - Y) ** 2) / (2 * m)
    dout = (out - Y) / m
    dW2 = np.dot(dout, A1.T)
    dZ1 = np.dot(W2.T, dout) * (1 - A1 ** 2)
    dW1 = np.dot(dZ1, X.T)
    db1 = np.sum(dZ1, axis=1)  # also GL105
    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1  # GL103
    W2 = W2 - lr * dW2
