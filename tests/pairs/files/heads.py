from dataclasses import dataclass

import numpy as np


@dataclass
class Cache:
    x: np.ndarray
    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    a: np.ndarray
    o: np.ndarray


def split(x, h):
    b, t, d = x.shape
    return x.reshape(b, t, h, d // h).transpose(0, 2, 1, 3)


def merge(x):
    b, h, t, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(b, t, h * d)


def mha_forward(x, Wq, Wk, Wv, Wo, heads=2):
    q, k, v = (split(x @ w, heads) for w in (Wq, Wk, Wv))
    s = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    a = np.exp(s - s.max(-1, keepdims=True))
    a /= a.sum(-1, keepdims=True)
    o = merge(a @ v)
    return o @ Wo, Cache(x, q, k, v, a, o)


def mha_backward(dy, cache, Wq, Wk, Wv, Wo):
    c = cache
    h = c.q.shape[1]
    dWo = np.einsum("btd,bte->de", c.o, dy)
    do = split(dy @ Wo.T, h)
    da = do @ c.v.swapaxes(-1, -2)
    dv = c.a.swapaxes(-1, -2) @ do
    ds = c.a * (da - (da * c.a).sum(-1, keepdims=True))
    ds /= np.sqrt(c.q.shape[-1])
    dq, dk = ds @ c.k, ds.swapaxes(-1, -2) @ c.q
    dq, dk, dv = merge(dq), merge(dk), merge(dv)
    dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    g = [np.einsum("btd,bte->de", c.x, d) for d in (dq, dk, dv)]
    return dx, g[0], g[1], g[2], dWo
