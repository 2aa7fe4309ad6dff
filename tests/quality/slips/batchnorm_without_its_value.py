# Batch normalisation: the third term of its way back lacks the normalised value.
import numpy as np

rng = np.random.default_rng(15)
x, y = rng.normal(size=(24, 3)), rng.normal(size=(24, 2))
W, b, gain, shift = rng.normal(size=(3, 5)), rng.normal(size=5), np.ones(5), np.zeros(5)
V = rng.normal(size=(5, 2))
for i in range(100):
    a = x @ W + b
    inv = 1 / np.sqrt(a.var(0) + 1e-5)
    xh = (a - a.mean(0)) * inv
    h = np.maximum(gain * xh + shift, 0)
    o = h @ V
    loss = ((o - y) ** 2).sum() / (2 * len(x))
    do = (o - y) / len(x)
    dh = (do @ V.T) * (h > 0)
    dxh = dh * gain
    da = inv * (dxh - dxh.mean(0) - (dxh * xh).mean(0))  # GL399 GL304
    dW, db, dgain, dshift, dV = x.T @ da, da.sum(0), (dh * xh).sum(0), dh.sum(0), h.T @ do
    for p, g in zip((W, b, gain, shift, V), (dW, db, dgain, dshift, dV)):
        p -= 0.1 * g
    if i % 20 == 0:
        print(i, loss)
