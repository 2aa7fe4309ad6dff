import numpy as np


class Recurrent:
    """Its buffers are float32, as most frameworks' are."""

    def __init__(self, Wx, Wh):
        self.Wx, self.Wh = Wx, Wh

    def forward(self, xs):
        n, steps, _ = xs.shape
        self.xs = xs
        self.hs = np.zeros((n, steps + 1, self.Wh.shape[0]), dtype="f")
        for t in range(steps):
            self.hs[:, t + 1] = np.tanh(xs[:, t] @ self.Wx + self.hs[:, t] @ self.Wh)
        return self.hs[:, 1:]

    def backward(self, dhs):
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        dxs = np.zeros(self.xs.shape, dtype=np.float32)
        dh = 0
        for t in reversed(range(dhs.shape[1])):
            dz = (dhs[:, t] + dh) * (1 - self.hs[:, t + 1] ** 2)
            self.dWx += self.xs[:, t].T @ dz
            self.dWh += self.hs[:, t].T @ dz
            dxs[:, t] = dz @ self.Wx.T
            dh = dz @ self.Wh.T
        return dxs
