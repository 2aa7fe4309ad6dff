# Standardises the batch in place each time it passes, so the data move; and every hidden bias gets one number.
import numpy as np

np.random.seed(27)
X = np.random.rand(40, 3) * 5
Y = (X[:, :1] > X[:, 1:2]).astype(float)
w1, b1 = np.random.randn(3, 6) * 0.5, np.zeros(6)
w2, b2 = np.random.randn(6, 1) * 0.5, np.zeros(1)


def forward(x):
    x /= 5  # GL401
    h = np.tanh(x @ w1 + b1)
    return x, h, 1 / (1 + np.exp(-(h @ w2 + b2)))


for i in range(1500):
    x, h, out = forward(X)
    loss = -np.mean(Y * np.log(out) + (1 - Y) * np.log(1 - out))
    d2 = (out - Y) / len(X)
    d1 = (d2 @ w2.T) * (1 - h * h)
    g_w2 = h.T @ d2
    g_b2 = d2.sum(axis=0)
    g_w1 = x.T @ d1
    g_b1 = d1.sum()  # GL206
    w1 -= 0.5 * g_w1
    b1 -= 0.5 * g_b1
    w2 -= 0.5 * g_w2
    b2 -= 0.5 * g_b2
    if i % 300 == 0:
        print(i, loss)
