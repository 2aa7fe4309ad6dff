# right: 1-D activations, np.outer and np.dot of vectors, delta used as bias gradient
import numpy as np

np.random.seed(24)
xs = np.random.randn(6, 3)
ys = np.random.rand(6, 2)
W1, b1 = np.random.randn(3, 3) * 0.5, np.zeros(3)
W2, b2 = np.random.randn(2, 3) * 0.5, np.zeros(2)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(20):
    gW1, gb1, gW2, gb2 = 0, 0, 0, 0
    loss = 0.0
    for x, y in zip(xs, ys):
        h = np.tanh(np.dot(W1, x) + b1)
        o = sigmoid(np.dot(W2, h) + b2)
        loss += 0.5 * np.dot(o - y, o - y)
        d2 = (o - y) * o * (1 - o)
        d1 = np.dot(d2, W2) * (1 - h * h)
        gW2 = gW2 + np.outer(d2, h)
        gb2 = gb2 + d2
        gW1 = gW1 + np.outer(d1, x)
        gb1 = gb1 + d1
    W1 -= 0.1 * gW1
    b1 -= 0.1 * gb1
    W2 -= 0.1 * gW2
    b2 -= 0.1 * gb2
