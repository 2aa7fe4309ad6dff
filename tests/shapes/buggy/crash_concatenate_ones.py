# crash: the column of ones is concatenated along the wrong axis
# expression: np.concatenate((A1, ones), axis=0)
# fixed: A1b = np.concatenate((A1, ones), axis=1)
import numpy as np

np.random.seed(70)
n = 10
X = np.random.randn(n, 3)
Y = np.random.randn(n, 2)
ones = np.ones((n, 1))
Xb = np.concatenate((X, ones), axis=1)
W1 = np.random.randn(4, 5) * 0.4
W2 = np.random.randn(6, 2) * 0.4

for epoch in range(10):
    A1 = np.tanh(Xb @ W1)
    A1b = np.concatenate((A1, ones), axis=0)  # GL106
    out = A1b @ W2
    loss = np.mean(np.sum((out - Y) ** 2, axis=1))
    dout = 2 * (out - Y) / n
    dW2 = A1b.T @ dout
    dA1 = (dout @ W2.T)[:, :-1]
    dW1 = Xb.T @ (dA1 * (1 - A1 ** 2))
    W1 -= 0.05 * dW1
    W2 -= 0.05 * dW2
