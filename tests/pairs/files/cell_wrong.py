import numpy as np


class GRUish:
    def __init__(self, n_in, n_hid):
        self.Wz, self.Uz = np.random.randn(n_hid, n_in), np.random.randn(n_hid, n_hid)
        self.Wh, self.Uh = np.random.randn(n_hid, n_in), np.random.randn(n_hid, n_hid)

    def forward(self, x, h):
        self.x, self.h = x, h
        self.z = 1 / (1 + np.exp(-(self.Wz @ x + self.Uz @ h)))
        self.c = np.tanh(self.Wh @ x + self.Uh @ h)
        return (1 - self.z) * h + self.z * self.c

    def backward(self, dh):
        dz = dh * (self.c - self.h) * self.z * (1 - self.z)
        dc = dh * self.z * (1 - self.c ** 2)
        self.dWz, self.dUz = np.outer(dz, self.x), np.outer(dz, self.h)
        self.dWh, self.dUh = np.outer(dc, self.x), np.outer(dc, self.h)
        return self.Wz.T @ dz + self.Wh.T @ dc, dh * (1 - self.z) + self.Uz.T @ dz  # wrong
