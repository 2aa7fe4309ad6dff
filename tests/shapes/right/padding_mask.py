# right: (batch, time, 1) mask broadcast over the hidden axis, mean over the valid steps
import numpy as np

rng = np.random.default_rng(4)
B, T, D, H, K = 4, 5, 3, 5, 2
x = rng.normal(size=(B, T, D))
lengths = np.array([5, 2, 4, 3])
mask = (np.arange(T)[None, :] < lengths[:, None]).astype(float)
target = rng.normal(size=(B, K))
W = rng.normal(size=(D, H)) * 0.5
V = rng.normal(size=(H, K)) * 0.5

for step in range(20):
    hid = np.tanh(x @ W) * mask[:, :, None]
    pooled = hid.sum(axis=1) / lengths[:, None]
    out = pooled @ V
    loss = 0.5 * np.sum((out - target) ** 2)
    dout = out - target
    dV = pooled.T @ dout
    dpooled = dout @ V.T
    dhid = (dpooled / lengths[:, None])[:, None, :] * mask[:, :, None]
    dz = dhid * (1 - hid ** 2)
    dW = np.tensordot(x, dz, axes=([0, 1], [0, 1]))
    W -= 0.1 * dW
    V -= 0.1 * dV
