import numpy as np


class HalvedImages:
    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))

    def backward(self, dout):
        return np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 2  # wrong


class Robust:
    def __init__(self, width=0.8):
        self.width = width

    def forward(self, y_hat, y):
        r = np.abs(y_hat - y)
        return np.where(r <= self.width, r**2 / 2, self.width * (r - self.width / 2)).sum()

    def derivative(self, y_hat, y):
        r = y_hat - y
        return np.where(np.abs(r) <= self.width, r, self.width)  # wrong


def bend(x):
    return np.tanh(x + 0.3 * x**3)


def d_bend(x):
    return (1 - np.tanh(x + 0.3 * x**3) ** 2) * (1 + 0.3 * x**2)  # wrong
