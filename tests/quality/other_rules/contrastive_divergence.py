# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(6)
V = (np.random.rand(50, 6) > .5) * 1.0
W = 0.01 * np.random.randn(6, 4); a = np.zeros(6); b = np.zeros(4)
sig = lambda z: 1 / (1 + np.exp(-z))
for ep in range(100):
    ph = sig(V @ W + b)
    h = (np.random.rand(*ph.shape) < ph) * 1.0
    pv = sig(h @ W.T + a)
    ph2 = sig(pv @ W + b)
    W += 0.1 * (V.T @ ph - pv.T @ ph2) / len(V)
    a += 0.1 * (V - pv).mean(0)
    b += 0.1 * (ph - ph2).mean(0)
    err = np.mean((V - pv) ** 2)
    if ep % 20 == 0: print(ep, err)
