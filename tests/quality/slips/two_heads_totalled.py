# Two heads on one trunk: the total gives the second a weight that its delta has not.
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(20, 4))
ya, yb = rng.normal(size=(20, 1)), (rng.random((20, 1)) > 0.5) * 1.0
T, A, B = rng.normal(size=(4, 6)) * 0.5, rng.normal(size=(6, 1)) * 0.5, rng.normal(size=(6, 1)) * 0.5
for k in range(100):
    h = np.tanh(x @ T)
    pa = h @ A
    pb = 1 / (1 + np.exp(-(h @ B)))
    la = ((pa - ya) ** 2).mean()
    lb = -(yb * np.log(pb) + (1 - yb) * np.log(1 - pb)).mean()
    total = la + 0.3 * lb  # GL314
    d_one = 2 * (pa - ya) / 20
    d_two = (pb - yb) / 20
    dh = d_one @ A.T + d_two @ B.T
    A -= 0.1 * h.T @ d_one
    B -= 0.1 * h.T @ d_two
    T -= 0.1 * x.T @ (dh * (1 - h**2))
    if k % 20 == 0:
        print(total)
