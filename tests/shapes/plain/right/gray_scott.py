# right: two fields, one equation
import numpy as np


def laplace(a):
    return sum(np.roll(a, s, axis) for s in (1, -1) for axis in (0, 1)) - 4 * a


rng = np.random.default_rng(14)
u, v = np.ones((24, 24)), np.zeros((24, 24))
v[10:14, 10:14] = 0.5
for _ in range(60):
    r = u * v**2
    u += 0.16 * laplace(u) - r + 0.035 * (1 - u)
    v += 0.08 * laplace(v) + r - 0.095 * v
print(u.mean(), v.max())
