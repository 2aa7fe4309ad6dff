# an LSTM's forget gate takes the new cell state for the old one
import numpy as np
rng = np.random.default_rng(0)
H, D, T = 5, 3, 6
Wf, Wi, Wc, Wo = (rng.normal(size=(H, H+D))*.3 for _ in range(4)); Wy = rng.normal(size=(2, H))*.3
sig = lambda z: 1/(1+np.exp(-z))
xs = rng.normal(size=(10, T, D)); ys = rng.integers(0, 2, 10)
for ep in range(2):
    for x, y in zip(xs, ys):
        h, c = np.zeros(H), np.zeros(H); cache = []
        for t in range(T):
            z = np.concatenate([h, x[t]])
            f, i, g, o = sig(Wf @ z), sig(Wi @ z), np.tanh(Wc @ z), sig(Wo @ z)
            c_new = f*c + i*g
            h = o*np.tanh(c_new)
            cache.append((z, f, i, g, o, c, c_new)); c = c_new
        s = Wy @ h; p = np.exp(s - s.max()); p /= p.sum()
        loss = -np.log(p[y])
        ds = p.copy(); ds[y] -= 1
        dWy = np.outer(ds, h); dh = Wy.T @ ds; dc = np.zeros(H)
        dWf, dWi, dWc, dWo = (np.zeros_like(Wf) for _ in range(4))
        for t in reversed(range(T)):
            z, f, i, g, o, c_old, c_new = cache[t]
            tc = np.tanh(c_new)
            do = dh*tc*o*(1-o)
            dc = dc + dh*o*(1-tc**2)
            df = dc*c_new*f*(1-f)  # GL308
            di = dc*g*i*(1-i)
            dg = dc*i*(1-g**2)
            dWf += np.outer(df, z); dWi += np.outer(di, z); dWc += np.outer(dg, z); dWo += np.outer(do, z)
            dz = Wf.T @ df + Wi.T @ di + Wc.T @ dg + Wo.T @ do
            dh = dz[:H]; dc = dc*f
        for W, G in ((Wf, dWf), (Wi, dWi), (Wc, dWc), (Wo, dWo), (Wy, dWy)): W -= .1*G
