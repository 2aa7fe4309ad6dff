# crash: three axes given to transpose a matrix
# expression: dctx.transpose(1, 0, 2)
# fixed: dO = dctx.reshape(T, H, dh).transpose(1, 0, 2)
import numpy as np

np.random.seed(72)
T, H, dh = 4, 2, 3
x = np.random.randn(T, H * dh)
y = np.random.randn(T, H * dh)
A = np.tril(np.ones((T, T)))
A /= A.sum(axis=1, keepdims=True)
Wv = np.random.randn(H * dh, H * dh) * 0.4

for step in range(5):
    V = (x @ Wv).reshape(T, H, dh).transpose(1, 0, 2)
    O = A @ V
    ctx = O.transpose(1, 0, 2).reshape(T, H * dh)
    loss = 0.5 * np.sum((ctx - y) ** 2)
    dctx = ctx - y
    dO = dctx.transpose(1, 0, 2)  # GL106
    dV = A.T @ dO
    Wv -= 0.05 * x.T @ dV.transpose(1, 0, 2).reshape(T, H * dh)
