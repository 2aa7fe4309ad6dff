# right: one fused matrix holds all four gates, sliced forward and filled slice by slice backward
import numpy as np

rng = np.random.default_rng(50)
H, D, T, B = 5, 1, 6, 8

Wx = rng.normal(0, 0.4, (D, 4 * H))
Wh = rng.normal(0, 0.4, (H, 4 * H))
b = np.zeros(4 * H)
Wy = rng.normal(0, 0.4, (H, 1))


def sig(v):
    return 1 / (1 + np.exp(-v))


def forward(x):
    h, c = np.zeros((B, H)), np.zeros((B, H))
    cache = []
    for t in range(T):
        z = x[:, t] @ Wx + h @ Wh + b
        i, f, o = sig(z[:, :H]), sig(z[:, H:2 * H]), sig(z[:, 2 * H:3 * H])
        g = np.tanh(z[:, 3 * H:])
        c_new = f * c + i * g
        tc = np.tanh(c_new)
        cache.append((x[:, t], h, c, i, f, o, g, tc))
        h, c = o * tc, c_new
    return h @ Wy, h, cache


def backward(dy, h_last, cache):
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dWy = h_last.T @ dy
    dh, dc = dy @ Wy.T, np.zeros((B, H))
    for xt, h, c, i, f, o, g, tc in reversed(cache):
        dc = dc + dh * o * (1 - tc ** 2)
        dz = np.empty((B, 4 * H))
        dz[:, :H] = dc * g * i * (1 - i)
        dz[:, H:2 * H] = dc * c * f * (1 - f)
        dz[:, 2 * H:3 * H] = dh * tc * o * (1 - o)
        dz[:, 3 * H:] = dc * i * (1 - g ** 2)
        dWx += xt.T @ dz
        dWh += h.T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
        dc = dc * f
    return dWx, dWh, db, dWy


x = rng.uniform(-1, 1, (B, T, D))
target = x.sum(axis=1)
for epoch in range(600):
    y, h_last, cache = forward(x)
    loss = np.mean((y - target) ** 2)
    grads = backward(2 * (y - target) / B, h_last, cache)
    for p, g in zip((Wx, Wh, b, Wy), grads):
        p -= 0.1 * g
    if epoch % 100 == 0:
        print(epoch, loss)
