# silent: softmax backward sums without keepdims; attention is square
# expression: np.sum(dA * A, axis=1)
# fixed: dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))
import numpy as np

rng = np.random.default_rng(48)
T, D, Dk = 6, 5, 3
X = rng.normal(size=(T, D))
target = rng.normal(size=(T, Dk))
Wq = rng.normal(size=(D, Dk))
Wk = rng.normal(size=(D, Dk))
Wv = rng.normal(size=(D, Dk))


def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


for step in range(20):
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    A = softmax(Q @ K.T / np.sqrt(Dk))
    out = A @ V
    loss = np.sum((out - target) ** 2) / 2
    dout = out - target
    dV = A.T @ dout
    dA = dout @ V.T
    dS = A * (dA - np.sum(dA * A, axis=1))  # GL105
    dQ = dS @ K / np.sqrt(Dk)
    dK = dS.T @ Q / np.sqrt(Dk)
    Wq -= 0.05 * X.T @ dQ
    Wk -= 0.05 * X.T @ dK
    Wv -= 0.05 * X.T @ dV
