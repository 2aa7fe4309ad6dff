# the way back through average pooling lacks the size of the pool
import numpy as np
rng = np.random.default_rng(5)
def conv(x, k):
    n, h, w = x.shape; f, kh, kw = k.shape
    out = np.zeros((n, f, h-kh+1, w-kw+1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = np.tensordot(x[:, i:i+kh, j:j+kw], k, axes=([1, 2], [1, 2]))
    return out
def conv_grad(x, d, k):
    g = np.zeros_like(k); kh, kw = k.shape[1:]
    for i in range(d.shape[2]):
        for j in range(d.shape[3]):
            g += np.tensordot(d[:, :, i, j], x[:, i:i+kh, j:j+kw], axes=(0, 0))
    return g
X = rng.normal(size=(12, 8, 8)); y = rng.integers(0, 3, 12)
K = rng.normal(size=(4, 3, 3))*.3; kb = np.zeros(4)
W = rng.normal(size=(4*3*3, 3))*.2; b = np.zeros(3)
for it in range(10):
    c = conv(X, K) + kb[None, :, None, None]
    a = np.maximum(c, 0)
    p = a.reshape(12, 4, 3, 2, 3, 2).mean(axis=(3, 5))
    flat = p.reshape(12, -1)
    s = flat @ W + b; s -= s.max(1, keepdims=True)
    pr = np.exp(s)/np.exp(s).sum(1, keepdims=True)
    loss = -np.log(pr[np.arange(12), y]).mean()
    ds = pr.copy(); ds[np.arange(12), y] -= 1; ds /= 12
    dW, db = flat.T @ ds, ds.sum(0)
    dp = (ds @ W.T).reshape(p.shape)
    da = np.repeat(np.repeat(dp, 2, axis=2), 2, axis=3)  # GL203 GL201
    dc = da*(c > 0)
    dK = conv_grad(X, dc, K); dkb = dc.sum(axis=(0, 2, 3))
    W -= .1*dW; b -= .1*db; K -= .1*dK; kb -= .1*dkb
