# The first layer is frozen for thirty epochs, then learns with the others; no loss is computed.
class Dense:
    def __init__(self, i, o, rng, trainable=True):
        self.W = rng.standard_normal((i, o)) / i ** .5; self.b = rng.standard_normal(o) * 0.1; self.trainable = trainable
    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b
    def back(self, g, lr):
        gx = g @ self.W.T
        if self.trainable:
            self.W -= lr * self.x.T @ g
            self.b -= lr * g.sum(axis=0)
        return gx
import numpy as np
class Gelu:
    def __call__(self, x):
        self.x = x; self.t = np.tanh(0.7978845608 * (x + 0.044715 * x ** 3)); return 0.5 * x * (1 + self.t)
    def back(self, g, lr):
        x = self.x
        return g * (0.5 * (1 + self.t) + 0.5 * x * (1 - self.t ** 2) * 0.7978845608 * (1 + 3 * 0.044715 * x ** 2))
rng = np.random.default_rng(0)
net = [Dense(6, 10, rng, False), Gelu(), Dense(10, 8, rng), Gelu(), Dense(8, 1, rng)]
x = rng.normal(size=(40, 6)); y = np.cos(x[:, :1])
for phase in range(2):
    if phase == 1: net[0].trainable = True
    for ep in range(30):
        h = x
        for l in net: h = l(h)
        g = h - y
        for l in reversed(net): g = l.back(g, 0.001)
print(float((g ** 2).mean()))
