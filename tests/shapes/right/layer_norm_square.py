# right: layer norm with keepdims on a square (n = d) activation
import numpy as np

rng = np.random.default_rng(2)
n = d = 6
x = rng.normal(size=(n, 3))
t = rng.normal(size=(n, d))
W = rng.normal(size=(3, d))
g = rng.uniform(0.5, 1.5, size=(1, d))
b = np.zeros((1, d))

for step in range(25):
    z = x @ W
    mu = z.mean(axis=1, keepdims=True)
    xc = z - mu
    inv = 1 / np.sqrt((xc ** 2).mean(axis=1, keepdims=True) + 1e-5)
    xh = xc * inv
    out = g * xh + b
    loss = np.mean((out - t) ** 2)
    dout = 2 * (out - t) / out.size
    dg = np.sum(dout * xh, axis=0, keepdims=True)
    db = np.sum(dout, axis=0, keepdims=True)
    dxh = dout * g
    dz = inv * (dxh - dxh.mean(axis=1, keepdims=True) - xh * (dxh * xh).mean(axis=1, keepdims=True))
    W -= 0.1 * x.T @ dz
    g -= 0.1 * dg
    b -= 0.1 * db
