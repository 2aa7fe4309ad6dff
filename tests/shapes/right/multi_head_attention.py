# right: heads split and merged by reshape and transpose, T = heads * size
import numpy as np

np.random.seed(6)
B, T, H, dh = 2, 6, 2, 3
d = H * dh
x = np.random.randn(B, T, d)
y = np.random.randn(B, T, d)
Wq, Wk, Wv, Wo = [np.random.randn(d, d) * 0.3 for _ in range(4)]
lr = 0.05


def split(a):
    return a.reshape(B, T, H, dh).transpose(0, 2, 1, 3)


def merge(a):
    return a.transpose(0, 2, 1, 3).reshape(B, T, d)


def wgrad(a, da):
    return a.reshape(-1, d).T @ da.reshape(-1, d)


for step in range(10):
    Q, K, V = split(x @ Wq), split(x @ Wk), split(x @ Wv)
    S = Q @ K.transpose(0, 1, 3, 2) / np.sqrt(dh)
    A = np.exp(S - S.max(axis=-1, keepdims=True))
    A /= A.sum(axis=-1, keepdims=True)
    C = merge(A @ V)
    out = C @ Wo
    loss = np.mean((out - y) ** 2)

    dout = 2 * (out - y) / out.size
    dC = split(dout @ Wo.T)
    dA = dC @ V.transpose(0, 1, 3, 2)
    dV = A.transpose(0, 1, 3, 2) @ dC
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True)) / np.sqrt(dh)
    dQ = dS @ K
    dK = dS.transpose(0, 1, 3, 2) @ Q
    gWo = wgrad(C, dout)
    Wq -= lr * wgrad(x, merge(dQ))
    Wk -= lr * wgrad(x, merge(dK))
    Wv -= lr * wgrad(x, merge(dV))
    Wo -= lr * gWo
