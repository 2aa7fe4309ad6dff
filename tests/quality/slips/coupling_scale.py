# Coupling layers: the slope of the scale holds the shift as well.
import numpy as np
rng = np.random.RandomState(3)
t = rng.uniform(0, np.pi, 200)
X = np.c_[np.cos(t), np.sin(t)] + .1 * rng.randn(200, 2)
X = (X - X.mean(0)) / X.std(0)

class Coupling:
    def __init__(self, flip, hidden=8):
        self.flip = flip
        self.p = dict(W1=rng.randn(1, hidden) * .5, b1=np.zeros(hidden), Ws=rng.randn(hidden, 1) * .3, bs=np.zeros(1),
                      Wt=rng.randn(hidden, 1) * .3, bt=np.zeros(1))
    def forward(self, x):
        a, b = (x[:, 1:], x[:, :1]) if self.flip else (x[:, :1], x[:, 1:])
        p = self.p
        self.a, self.b = a, b
        self.h = np.tanh(a @ p['W1'] + p['b1'])
        self.raw = np.tanh(self.h @ p['Ws'] + p['bs'])
        self.s = 2 * self.raw
        self.t = self.h @ p['Wt'] + p['bt']
        z = b * np.exp(self.s) + self.t
        out = np.hstack([z, a]) if self.flip else np.hstack([a, z])
        return out, self.s.sum(1)
    def backward(self, dout, dlogdet):
        dz, da = (dout[:, :1], dout[:, 1:]) if self.flip else (dout[:, 1:], dout[:, :1])
        p = self.p
        db = dz * np.exp(self.s)
        ds = dz * (self.b * np.exp(self.s) + self.t) + dlogdet[:, None]  # GL399
        draw = 2 * ds * (1 - self.raw ** 2)
        dh = draw @ p['Ws'].T + dz @ p['Wt'].T
        dpre = dh * (1 - self.h ** 2)
        self.g = dict(W1=self.a.T @ dpre, b1=dpre.sum(0), Ws=self.h.T @ draw, bs=draw.sum(0), Wt=self.h.T @ dz, bt=dz.sum(0))
        da = da + dpre @ p['W1'].T
        return np.hstack([db, da]) if self.flip else np.hstack([da, db])

flows = [Coupling(i % 2 == 1) for i in range(4)]
for epoch in range(200):
    z, logdet = X, 0
    for f in flows:
        z, ld = f.forward(z)
        logdet = logdet + ld
    nll = np.mean(.5 * (z ** 2).sum(1) + np.log(2 * np.pi) - logdet)
    n = len(X)
    d = z / n
    dl = -np.ones(n) / n
    for f in reversed(flows):
        d = f.backward(d, dl)
    for f in flows:
        for k in f.p:
            f.p[k] -= .05 * f.g[k]
    if epoch % 50 == 0: print(epoch, nll)
