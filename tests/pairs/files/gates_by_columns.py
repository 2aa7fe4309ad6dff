import numpy as np


class Gates:
    def __init__(self, n_seen, n_kept):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(n_seen + n_kept, 2 * n_kept)) * 0.4
        self.n = n_kept

    def forward(self, x, h, c):
        both = np.hstack([x, h])
        a = both @ self.W
        f = 1 / (1 + np.exp(-a[:, : self.n]))
        g = np.tanh(a[:, self.n :])
        fresh = f * c + (1 - f) * g
        self.kept = both, c, f, g, fresh
        return np.tanh(fresh), fresh

    def backward(self, dh, dc):
        both, c, f, g, fresh = self.kept
        dc = dc + dh * (1 - np.tanh(fresh) ** 2)
        df = dc * (c - g) * f * (1 - f)
        da = np.hstack([df, dc * (1 - f) * (1 - g**2)])
        self.dW = both.T @ da
        dboth = da @ self.W.T
        return dboth[:, : -self.n], dboth[:, -self.n :], dc * f
