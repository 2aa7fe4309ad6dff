# A layer norm that forgets its own gain in the second mean.
import numpy as np
class Linear:
    def __init__(s, i, o, r): s.W = r.normal(0, i ** -.5, (i, o)); s.b = np.zeros(o)
    def fwd(s, x): s.x = x; return x @ s.W + s.b
    def bwd(s, d): s.gW = s.x.T @ d; s.gb = d.sum(0); return d @ s.W.T
class LN:
    def __init__(s, n): s.g = np.ones(n); s.b = np.zeros(n)
    def fwd(s, x):
        s.mu = x.mean(1, keepdims=True); s.sd = np.sqrt(x.var(1, keepdims=True) + 1e-5)
        s.h = (x - s.mu) / s.sd
        return s.g * s.h + s.b
    def bwd(s, d):
        s.gg = (d * s.h).sum(0); s.gb = d.sum(0)
        dh = d * s.g
        return (dh - dh.mean(1, keepdims=True) - s.h * (d * s.h).mean(1, keepdims=True)) / s.sd  # GL304 GL308
r = np.random.default_rng(6)
l1, ln, l2 = Linear(4, 6, r), LN(6), Linear(6, 2, r)
X, Y = r.normal(size=(20, 4)), r.normal(size=(20, 2))
for e in range(15):
    a = l1.fwd(X); n = ln.fwd(a); h = np.maximum(n, 0); o = l2.fwd(h)
    loss = ((o - Y) ** 2).mean()
    d = 2 * (o - Y) / o.size
    d = l2.bwd(d) * (n > 0); d = ln.bwd(d); l1.bwd(d)
    for l in (l1, l2): l.W -= .1 * l.gW; l.b -= .1 * l.gb
    ln.g -= .1 * ln.gg; ln.b -= .1 * ln.gb
    print(e, loss)
