# silent: heads split by a plain reshape in the backward pass
# expression: dctx.reshape(H, T, dh)
# fixed: dO = dctx.reshape(T, H, dh).transpose(1, 0, 2)
import numpy as np

np.random.seed(18)
T, H, dh = 6, 2, 3
d = H * dh
x = np.random.randn(T, d)
target = np.random.randn(T, d)
Wv = np.random.randn(d, d) * 0.4
Wo = np.random.randn(d, d) * 0.4
# fixed averaging: one causal head, one that sees everything
A = np.stack([np.tril(np.ones((T, T))), np.ones((T, T))])
A = A / A.sum(axis=-1, keepdims=True)

for step in range(15):
    V = (x @ Wv).reshape(T, H, dh).transpose(1, 0, 2)
    O = A @ V
    ctx = O.transpose(1, 0, 2).reshape(T, d)
    out = ctx @ Wo
    loss = np.mean((out - target) ** 2)

    dout = 2 * (out - target) / out.size
    dWo = ctx.T @ dout
    dctx = dout @ Wo.T
    dO = dctx.reshape(H, T, dh)  # GL305
    dV = A.transpose(0, 2, 1) @ dO
    dWv = x.T @ dV.transpose(1, 0, 2).reshape(T, d)
    Wv -= 0.1 * dWv
    Wo -= 0.1 * dWo
