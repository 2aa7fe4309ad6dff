# A cross-entropy and the entropy of the output: the second joins with the wrong sign.
import numpy as np

g = np.random.default_rng(8)
echo = g.normal(size=(30, 4))
species = np.eye(3)[g.integers(0, 3, 30)]
A, B = g.normal(size=(4, 8)) * 0.5, g.normal(size=(8, 3)) * 0.5
a, b = np.zeros(8), np.zeros(3)
for step in range(150):
    h = 1 / (1 + np.exp(-(echo @ A + a)))
    z = h @ B + b
    q = np.exp(z - z.max(1)[:, None])
    q /= q.sum(1)[:, None]
    first = -(species * np.log(q)).sum(1).mean()
    second = (q * np.log(q)).sum(1).mean()
    total = first + 0.05 * second
    dz = (q - species) / 30
    dz -= 0.05 * q * (np.log(q) - (q * np.log(q)).sum(1, keepdims=True)) / 30  # GL204
    dh = dz @ B.T * h * (1 - h)
    B -= 0.5 * h.T @ dz
    b -= 0.5 * dz.sum(0)
    A -= 0.5 * echo.T @ dh
    a -= 0.5 * dh.sum(0)
    if step % 30 == 0:
        print(step, total)
