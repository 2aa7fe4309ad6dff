# crash: reshape to a size that does not fit
# expression: dflat.reshape(N, 6, 6, F)
# fixed: da = dflat.reshape(N, 5, 5, F)
import numpy as np

np.random.seed(68)
N, F, K = 4, 3, 2
x = np.random.randn(N, 5, 5)
t = np.random.randn(N, K)
w = np.random.randn(F)
V = np.random.randn(25 * F, K) * 0.1

for it in range(5):
    a = np.tanh(x[..., None] * w)
    flat = a.reshape(N, -1)
    out = flat @ V
    loss = 0.5 * np.sum((out - t) ** 2)
    dout = out - t
    dV = flat.T @ dout
    dflat = dout @ V.T
    da = dflat.reshape(N, 6, 6, F)  # GL106
    w -= 0.01 * np.sum(da * (1 - a ** 2) * x[..., None], axis=(0, 1, 2))
    V -= 0.01 * dV
