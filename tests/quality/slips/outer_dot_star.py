# Per-sample vectors: * where outer belongs fits only because both layers have the same width.
import numpy as np

rng = np.random.default_rng(29)
V = rng.normal(0, 0.5, (5, 5))
U = rng.normal(0, 0.5, (5, 5))
a, b = np.zeros(5), np.zeros(5)
xs = rng.uniform(-1, 1, (25, 5))
ts = np.roll(xs, 1, axis=1) ** 2

for sweep in range(200):
    total = 0
    for x, t in zip(xs, ts):
        h = np.tanh(V @ x + a)
        y = U @ h + b
        e = y - t
        total += e @ e / 2
        gU = e * h  # GL306 GL101
        gb = e
        dh = U.T @ e  # GL304
        gV = np.outer(dh, x)
        ga = dh
        U = U - 0.05 * gU
        b = b - 0.05 * gb
        V = V - 0.05 * gV
        a = a - 0.05 * ga
    if sweep % 40 == 0:
        print(sweep, total)
