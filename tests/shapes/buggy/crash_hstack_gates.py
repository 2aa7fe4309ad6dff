# crash: np.hstack of gate gradients, one is a row short of the batch
# expression: np.hstack([di, df, do, dg[:-1]])
# fixed: dz = np.hstack([di, df, do, dg])
import numpy as np

rng = np.random.default_rng(71)
B, D, H = 4, 3, 2
x = rng.normal(size=(B, D))
c0 = rng.normal(size=(B, H))
t = rng.normal(size=(B, H))
W = rng.normal(size=(D, 4 * H)) * 0.5


def sig(v):
    return 1 / (1 + np.exp(-v))


for step in range(10):
    z = x @ W
    i, f, o = sig(z[:, :H]), sig(z[:, H:2 * H]), sig(z[:, 2 * H:3 * H])
    g = np.tanh(z[:, 3 * H:])
    c = f * c0 + i * g
    h = o * np.tanh(c)
    loss = 0.5 * np.sum((h - t) ** 2)

    dh = h - t
    do = dh * np.tanh(c) * o * (1 - o)
    dc = dh * o * (1 - np.tanh(c) ** 2)
    di = dc * g * i * (1 - i)
    df = dc * c0 * f * (1 - f)
    dg = dc * i * (1 - g ** 2)
    dz = np.hstack([di, df, do, dg[:-1]])  # GL106
    W -= 0.1 * x.T @ dz
