# right: a (T,T) lower triangle added to every head's square scores
import numpy as np

rng = np.random.default_rng(5)
T, D = 5, 5
x = rng.normal(size=(T, D))
y = rng.normal(size=(T, D))
Wq, Wk, Wv = (rng.normal(size=(D, D)) * 0.4 for _ in range(3))
block = np.triu(np.full((T, T), -1e9), k=1)

for step in range(20):
    Q, K, V = x @ Wq, x @ Wk, x @ Wv
    S = Q @ K.T / np.sqrt(D) + block
    E = np.exp(S - S.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    O = P @ V + x
    loss = 0.5 * np.sum((O - y) ** 2)
    dO = O - y
    dP = dO @ V.T
    dV = P.T @ dO
    dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True)) / np.sqrt(D)
    dQ = dS @ K
    dK = dS.T @ Q
    Wq -= 0.05 * x.T @ dQ
    Wk -= 0.05 * x.T @ dK
    Wv -= 0.05 * x.T @ dV
