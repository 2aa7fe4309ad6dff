# silent: velocity kept as (h,), gradient comes as (h,1)
# expression: beta * vb1 + (1 - beta) * db1
# fixed: vb1 = beta * vb1 + (1 - beta) * db1.ravel()
import numpy as np

np.random.seed(4)
h, d, m = 7, 3, 7
X = np.random.randn(d, m)
Y = np.random.randn(2, m)
W1 = np.random.randn(h, d) * 0.3
b1 = np.zeros((h, 1))
W2 = np.random.randn(2, h) * 0.3
vW1 = np.zeros_like(W1)
vW2 = np.zeros_like(W2)
vb1 = np.zeros(h)
beta, lr = 0.9, 0.1

for it in range(15):
    A1 = np.tanh(W1 @ X + b1)
    out = W2 @ A1
    loss = np.sum((out - Y) ** 2) / (2 * m)
    dout = (out - Y) / m
    dW2 = dout @ A1.T
    dZ1 = (W2.T @ dout) * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T
    db1 = dZ1.sum(axis=1, keepdims=True)
    vW1 = beta * vW1 + (1 - beta) * dW1
    vW2 = beta * vW2 + (1 - beta) * dW2
    vb1 = beta * vb1 + (1 - beta) * db1  # GL102
    W1 -= lr * vW1
    W2 -= lr * vW2
    b1 = b1 - lr * vb1.reshape(h, -1)  # also GL103
