# right: a grid of a row and a column
import numpy as np

re = np.linspace(-2, 1, 40)
im = np.linspace(-1.5, 1.5, 40)[:, None]
c = re + 1j * im
z = np.zeros_like(c)
steps = np.zeros(c.shape, dtype=int)
for _ in range(20):
    alive = np.abs(z) < 2
    z[alive] = z[alive] ** 2 + c[alive]
    steps += alive
print(steps.sum())
