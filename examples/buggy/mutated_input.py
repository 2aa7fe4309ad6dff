"""Grey pictures, two classes; pixels are 0..255 and get scaled inside the forward pass.

/= changes the caller's array. From the second epoch on the pictures are black.
The first cost is fine, and then nothing moves any more.
"""
import numpy as np

np.random.seed(54)


def make_pictures(n):
    pictures = np.random.uniform(0, 255, (n, 36))
    kinds = np.arange(n) % 2
    pictures[kinds == 1, :18] *= 0.5
    pictures[kinds == 0, 18:] *= 0.5
    return pictures, kinds.reshape(-1, 1)


class PictureNet:
    def __init__(self):
        self.w1 = np.random.randn(36, 8) * 0.2
        self.b1 = np.zeros((1, 8))
        self.w2 = np.random.randn(8, 1) * 0.2
        self.b2 = np.zeros((1, 1))

    def forward(self, pictures):
        pictures /= 255.0  # GL401
        self.x = pictures
        self.h = np.tanh(self.x @ self.w1 + self.b1)
        self.p = 1 / (1 + np.exp(-(self.h @ self.w2 + self.b2)))
        return self.p

    def backward(self, y, rate):
        n = len(y)
        d2 = (self.p - y) / n
        d1 = (d2 @ self.w2.T) * (1 - self.h ** 2)
        self.w2 -= rate * self.h.T @ d2
        self.b2 -= rate * d2.sum(axis=0, keepdims=True)
        self.w1 -= rate * self.x.T @ d1
        self.b1 -= rate * d1.sum(axis=0, keepdims=True)


pictures, kinds = make_pictures(60)
net = PictureNet()
for epoch in range(600):
    p = net.forward(pictures)
    cost = -np.mean(kinds * np.log(p) + (1 - kinds) * np.log(1 - p))
    net.backward(kinds, 0.3)
    if epoch % 100 == 0:
        print("epoch", epoch, "cost", cost)
