# silent: forward transposes before it flattens, backward only reshapes
# expression: dflat.reshape(a.shape)
# fixed: da = dflat.reshape(N, S, S, F).transpose(0, 3, 1, 2)
import numpy as np

np.random.seed(43)
N, C, S, F, K = 3, 2, 4, 3, 2
x = np.random.randn(N, C, S, S)
t = np.random.randn(N, K)
w = np.random.randn(F, C) * 0.5          # 1x1 convolution
V = np.random.randn(S * S * F, K) * 0.2

for it in range(15):
    z = np.einsum('fc,ncij->nfij', w, x)
    a = np.maximum(z, 0)
    flat = a.transpose(0, 2, 3, 1).reshape(N, -1)
    out = flat @ V
    loss = 0.5 * np.sum((out - t) ** 2) / N

    dout = (out - t) / N
    dV = flat.T @ dout
    dflat = dout @ V.T
    da = dflat.reshape(a.shape)  # GL305
    dz = da * (z > 0)
    dw = np.einsum('nfij,ncij->fc', dz, x)
    w -= 0.1 * dw
    V -= 0.1 * dV
