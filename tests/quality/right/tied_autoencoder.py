# right: W is used twice (encoder, and transposed in the decoder); its gradient is a sum of two products
import numpy as np

rng = np.random.default_rng(31)


class TiedAutoencoder:
    def __init__(self, visible, hidden):
        self.W = rng.normal(0, 0.3, (visible, hidden))
        self.c = np.zeros(hidden)
        self.d = np.zeros(visible)

    def encode(self, v):
        return np.tanh(v @ self.W + self.c)

    def decode(self, h):
        return h @ self.W.T + self.d

    def step(self, v, lr):
        n = len(v)
        h = self.encode(v)
        r = self.decode(h)
        loss = 0.5 * ((r - v) ** 2).sum() / n

        dr = (r - v) / n
        dh = dr @ self.W
        dpre = dh * (1 - h * h)
        dW = v.T @ dpre + dr.T @ h
        self.W -= lr * dW
        self.c -= lr * dpre.sum(axis=0)
        self.d -= lr * dr.sum(axis=0)
        return loss


codes = rng.normal(size=(120, 2))
data = np.tanh(codes @ rng.normal(size=(2, 8)))
model = TiedAutoencoder(8, 3)
for t in range(1500):
    loss = model.step(data, 0.1)
    if t % 300 == 0:
        print(t, round(float(loss), 5))
