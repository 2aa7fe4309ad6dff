# silent: hidden states averaged over the samples instead of over time, N = T
# expression: hid.mean(axis=0)
# fixed: ctx = hid.mean(axis=1)
import numpy as np

np.random.seed(41)
N, T, D, H, K = 4, 4, 3, 5, 2
x = np.random.randn(N, T, D)
y = np.random.randn(N, K)
W = np.random.randn(D, H) * 0.5
V = np.random.randn(H, K) * 0.5

for step in range(20):
    hid = np.tanh(x @ W)
    ctx = hid.mean(axis=0)  # GL407, GL104
    out = ctx @ V
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dV = ctx.T @ dout
    dctx = dout @ V.T
    dhid = np.repeat(dctx[:, None, :], T, axis=1) / T  # also GL308
    dz = dhid * (1 - hid ** 2)
    dW = np.einsum('ntd,nth->dh', x, dz)
    W -= 0.1 * dW
    V -= 0.1 * dV
