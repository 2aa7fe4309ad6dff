# right: layer norm over features with gain and shift; its backward has two mean terms
import numpy as np


def layernorm_forward(x, gain, shift, eps=1e-6):
    mean = x.mean(axis=-1, keepdims=True)
    centred = x - mean
    std = np.sqrt((centred ** 2).mean(axis=-1, keepdims=True) + eps)
    xhat = centred / std
    return gain * xhat + shift, (xhat, std, gain)


def layernorm_backward(dy, cache):
    xhat, std, gain = cache
    dgain = np.sum(dy * xhat, axis=0)
    dshift = np.sum(dy, axis=0)
    dxhat = dy * gain
    dx = dxhat - dxhat.mean(axis=-1, keepdims=True) - xhat * (dxhat * xhat).mean(axis=-1, keepdims=True)
    return dx / std, dgain, dshift


rng = np.random.default_rng(112)
x = rng.normal(2, 3, (50, 5))
t = x.max(axis=1, keepdims=True) - x.mean(axis=1, keepdims=True)
W, V = rng.normal(0, 0.5, (5, 12)), rng.normal(0, 0.3, (12, 1))
gain, shift = np.ones(12), np.zeros(12)

for i in range(1500):
    u = x @ W
    n, cache = layernorm_forward(u, gain, shift)
    h = np.maximum(n, 0.05 * n)
    y = h @ V
    loss = np.mean((y - t) ** 2)

    dy = 2 * (y - t) / y.size
    dV = h.T @ dy
    dn = (dy @ V.T) * np.where(n > 0, 1, 0.05)
    du, dgain, dshift = layernorm_backward(dn, cache)
    dW = x.T @ du
    W, V = W - 0.05 * dW, V - 0.05 * dV
    gain, shift = gain - 0.05 * dgain, shift - 0.05 * dshift
    if i % 300 == 0:
        print(i, loss)
