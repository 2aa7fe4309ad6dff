# right: nine directions of one field
import numpy as np

w = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)
ex = np.array([0, 1, 0, -1, 0, 1, -1, -1, 1])
ey = np.array([0, 0, 1, 0, -1, 1, 1, -1, -1])
f = w[:, None, None] * (1 + 0.1 * np.random.default_rng(18).normal(size=(9, 9, 9)))
for _ in range(5):
    rho = f.sum(axis=0)
    ux = (f * ex[:, None, None]).sum(axis=0) / rho
    uy = np.tensordot(ey, f, axes=1) / rho
    eu = ex[:, None, None] * ux + ey[:, None, None] * uy
    feq = rho * w[:, None, None] * (1 + 3 * eu + 4.5 * eu**2 - 1.5 * (ux**2 + uy**2))
    f += (feq - f) / 0.8
    f = np.array([np.roll(np.roll(f[i], ex[i], axis=0), ey[i], axis=1) for i in range(9)])
print(f.sum())
