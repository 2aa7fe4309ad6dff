# crash: np.split into four gates that do not divide the width
# expression: np.split(z, 4, axis=1)
# fixed: i, f, o = np.split(z, 3, axis=1)
import numpy as np

np.random.seed(85)
B, D, H = 5, 3, 2
x = np.random.randn(B, D)
c0 = np.random.randn(B, H)
t = np.random.randn(B, H)
W = np.random.randn(D, 3 * H) * 0.5


def sig(v):
    return 1 / (1 + np.exp(-v))


for epoch in range(5):
    z = x @ W
    i, f, o = np.split(z, 4, axis=1)  # GL106
    i, f, o = sig(i), sig(f), sig(o)
    h = o * (f * c0 + i)
    loss = 0.5 * np.sum((h - t) ** 2)
    dh = h - t
    dzi = dh * o * i * (1 - i)
    dzf = dh * o * c0 * f * (1 - f)
    dzo = dh * (f * c0 + i) * o * (1 - o)
    W -= 0.1 * x.T @ np.concatenate([dzi, dzf, dzo], axis=1)
