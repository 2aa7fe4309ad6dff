# the margin of the hinge is compared by the right line; the relu's mask is left out below
import numpy as np

rng = np.random.default_rng(4)
x = rng.normal(size=(30, 4))
side = np.where(x[:, :1] - x[:, 2:3] > 0, 1.0, -1.0)
A, a, B, b = rng.normal(size=(4, 6)), 0.1 * rng.normal(size=6), rng.normal(size=(6, 1)), np.zeros(1)
size = [0.0, 0.0, 0.0, 0.0]
for step in range(50):
    h = np.maximum(x @ A + a, 0)
    score = h @ B + b
    print(step, np.mean(np.maximum(0, 1 - side * score)))
    late = side * score < 1
    d = np.where(late, -side, 0) / len(x)
    dh = d @ B.T  # GL304
    grads = [x.T @ dh, dh.sum(axis=0), h.T @ d, d.sum(axis=0)]
    for k, (p, g) in enumerate(zip((A, a, B, b), grads)):
        size[k] = 0.9 * size[k] + 0.1 * g**2
        p -= 0.01 * g / (np.sqrt(size[k]) + 1e-8)
