# silent: attention weights not transposed in the gradient of the values
# expression: A @ dO
# fixed: dV = A.T @ dO
import numpy as np

rng = np.random.default_rng(15)
T, D = 5, 4
x = rng.normal(size=(T, D))
target = rng.normal(size=(T, D))
Wq = rng.normal(size=(D, D)) * 0.5
Wk = rng.normal(size=(D, D)) * 0.5
Wv = rng.normal(size=(D, D)) * 0.5

for step in range(20):
    Q, K, V = x @ Wq, x @ Wk, x @ Wv
    S = Q @ K.T / np.sqrt(D)
    E = np.exp(S - S.max(axis=-1, keepdims=True))
    A = E / E.sum(axis=-1, keepdims=True)
    O = A @ V
    loss = 0.5 * np.sum((O - target) ** 2)

    dO = O - target
    dA = dO @ V.T
    dV = A @ dO  # GL305
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True)) / np.sqrt(D)
    dQ = dS @ K
    dK = dS.T @ Q
    Wq -= 0.05 * x.T @ dQ
    Wk -= 0.05 * x.T @ dK
    Wv -= 0.05 * x.T @ dV
