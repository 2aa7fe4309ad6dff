# right: centre and context vectors multiplied row by row, then summed over the axis
import numpy as np

np.random.seed(32)
V, D = 6, 4
centre = np.array([0, 1, 2, 3, 1, 0])
context = np.array([1, 0, 3, 2, 2, 5])
label = np.array([1, 1, 1, 0, 0, 0.0])
Win = np.random.randn(V, D) * 0.3
Wout = np.random.randn(V, D) * 0.3

for epoch in range(30):
    c, o = Win[centre], Wout[context]
    s = np.sum(c * o, axis=1)
    p = 1 / (1 + np.exp(-s))
    loss = -np.sum(label * np.log(p) + (1 - label) * np.log(1 - p))
    ds = p - label
    gin, gout = np.zeros_like(Win), np.zeros_like(Wout)
    np.add.at(gin, centre, ds[:, None] * o)
    np.add.at(gout, context, ds[:, None] * c)
    Win -= 0.2 * gin
    Wout -= 0.2 * gout
