import numpy as np


class LayerNorm:
    def __init__(self, dim, eps=1e-5):
        self.g, self.b, self.eps = np.ones(dim), np.zeros(dim), eps

    def forward(self, x):
        self.inv = 1 / np.sqrt(x.var(-1, keepdims=True) + self.eps)
        self.xhat = (x - x.mean(-1, keepdims=True)) * self.inv
        return self.g * self.xhat + self.b

    def backward(self, dout):
        n = dout.shape[-1]
        self.dg = (dout * self.xhat).reshape(-1, n).sum(0)
        self.db = dout.reshape(-1, n).sum(0)
        d = dout * self.g
        centred = d - d.mean(-1, keepdims=True)
        return self.inv * (centred - self.xhat * (d * self.xhat).mean(-1, keepdims=True))
