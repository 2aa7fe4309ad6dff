# right: pooling by reshape to six axes, the argmax mask broadcasts back, N = C
import numpy as np

np.random.seed(28)
N, C, S, K = 2, 2, 4, 3
x = np.random.randn(N, C, S, S)
y = np.random.randn(N, K)
g = np.random.rand(C, 1, 1) + 0.5
V = np.random.randn(C * 4, K) * 0.3

for it in range(15):
    a = np.tanh(x * g)
    w = a.reshape(N, C, 2, 2, 2, 2)
    pool = w.max(axis=(3, 5))
    flat = pool.reshape(N, -1)
    out = flat @ V
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dV = flat.T @ dout
    dpool = (dout @ V.T).reshape(pool.shape)
    mask = w == pool[:, :, :, None, :, None]
    da = (mask * dpool[:, :, :, None, :, None]).reshape(a.shape)
    dg = np.sum(da * (1 - a ** 2) * x, axis=(0, 2, 3)).reshape(C, 1, 1)
    V -= 0.05 * dV
    g -= 0.05 * dg
