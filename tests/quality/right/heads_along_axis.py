# right: causal attention with two heads, layer norm and AdamW; labels are taken and put along an axis
import numpy as np
rng = np.random.default_rng(0)
class Param:
    def __init__(s, *shape): s.d = rng.normal(size=shape)*.2; s.g = np.zeros(shape); s.m = np.zeros(shape); s.v = np.zeros(shape)
class LN:
    def __init__(s, n): s.w, s.b = Param(n), Param(n); s.w.d[:] = 1; s.b.d[:] = 0
    def f(s, x):
        s.mu = x.mean(-1, keepdims=True); s.r = 1/np.sqrt(x.var(-1, keepdims=True) + 1e-5); s.h = (x - s.mu)*s.r
        return s.h*s.w.d + s.b.d
    def b_(s, d):
        s.w.g += (d*s.h).sum((0, 1)); s.b.g += d.sum((0, 1))
        d = d*s.w.d
        return s.r*(d - d.mean(-1, keepdims=True) - s.h*(d*s.h).mean(-1, keepdims=True))
class MHA:
    def __init__(s, D, H): s.H = H; s.qkv, s.o = Param(D, 3*D), Param(D, D)
    def f(s, x):
        B, T, D = x.shape; s.x = x
        q, k, v = np.split(x @ s.qkv.d, 3, -1)
        sp = lambda a: a.reshape(B, T, s.H, D//s.H).transpose(0, 2, 1, 3)
        s.q, s.k, s.v = sp(q), sp(k), sp(v)
        a = s.q @ s.k.swapaxes(-1, -2)/np.sqrt(D//s.H)
        a = np.where(np.tril(np.ones((T, T), bool)), a, -1e9)
        a = np.exp(a - a.max(-1, keepdims=True)); s.a = a/a.sum(-1, keepdims=True)
        s.y = (s.a @ s.v).transpose(0, 2, 1, 3).reshape(B, T, D)
        return s.y @ s.o.d
    def b_(s, d):
        B, T, D = d.shape
        s.o.g += s.y.reshape(-1, D).T @ d.reshape(-1, D)
        dy = (d @ s.o.d.T).reshape(B, T, s.H, D//s.H).transpose(0, 2, 1, 3)
        dv = s.a.swapaxes(-1, -2) @ dy
        da = dy @ s.v.swapaxes(-1, -2)
        ds = s.a*(da - (da*s.a).sum(-1, keepdims=True))/np.sqrt(D//s.H)
        dq, dk = ds @ s.k, ds.swapaxes(-1, -2) @ s.q
        mg = lambda a: a.transpose(0, 2, 1, 3).reshape(B, T, D)
        dqkv = np.concatenate([mg(dq), mg(dk), mg(dv)], -1)
        s.qkv.g += s.x.reshape(-1, D).T @ dqkv.reshape(-1, 3*D)
        return dqkv @ s.qkv.d.T
B, T, D, V = 4, 6, 8, 5
emb, pos, head = Param(V, D), Param(T, D), Param(D, V)
ln, att = LN(D), MHA(D, 2)
params = [emb, pos, head, ln.w, ln.b, att.qkv, att.o]
for step in range(1, 12):
    tok = rng.integers(0, V, (B, T)); tgt = np.roll(tok, -1, 1)
    x = emb.d[tok] + pos.d
    y = x + att.f(ln.f(x))
    z = y @ head.d; z -= z.max(-1, keepdims=True)
    p = np.exp(z); p /= p.sum(-1, keepdims=True)
    loss = -np.log(np.take_along_axis(p, tgt[..., None], -1)).mean()
    dz = p.copy()
    np.put_along_axis(dz, tgt[..., None], np.take_along_axis(dz, tgt[..., None], -1) - 1, -1)
    dz /= B*T
    head.g += y.reshape(-1, D).T @ dz.reshape(-1, V)
    dy = dz @ head.d.T
    dx = dy + ln.b_(att.b_(dy))
    np.add.at(emb.g, tok, dx); pos.g += dx.sum(0)
    lr = .01*min(1, step/5)
    for q in params:
        q.m = .9*q.m + .1*q.g; q.v = .99*q.v + .01*q.g**2
        q.d -= lr*(q.m/(1-.9**step)/(np.sqrt(q.v/(1-.99**step)) + 1e-8) + .01*q.d)
        q.g[:] = 0
print(loss)
