# right: np.vectorize over plain Python functions, apply_along_axis, element-by-element weight updates
import math

import numpy as np

np.random.seed(132)


def soft(v):
    return math.log(1 + math.exp(v))


def soft_slope(v):
    return 1 / (1 + math.exp(-v))


softplus = np.vectorize(soft)
softplus_slope = np.vectorize(soft_slope)

x = np.random.uniform(-1, 1, (20, 2))
y = np.hypot(x[:, 0], x[:, 1])
w = np.random.randn(2, 6)
c = np.zeros(6)
v = np.random.randn(6) * 0.3

for epoch in range(300):
    z = x.dot(w) + c
    h = softplus(z)
    out = h.dot(v)
    r = (out - y) / len(y)
    gv = h.T.dot(r)
    gz = np.outer(r, v) * softplus_slope(z)
    gw = x.T.dot(gz)
    gc = np.add.reduce(gz)
    for j in range(6):
        v[j] -= 0.3 * gv[j]
        c[j] -= 0.3 * gc[j]
        for i in range(2):
            w[i, j] -= 0.3 * gw[i, j]
    if epoch % 60 == 0:
        print(epoch, np.mean((out - y) ** 2))
