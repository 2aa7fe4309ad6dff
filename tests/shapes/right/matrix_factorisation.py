# right: row offsets (n,1) plus column offsets (1,m) plus one number make an (n,m) table
import numpy as np

rng = np.random.default_rng(29)
n, m, r = 6, 5, 2
R = rng.normal(size=(n, m))
seen = (rng.random((n, m)) < 0.8).astype(float)
U = rng.normal(size=(n, r)) * 0.3
V = rng.normal(size=(m, r)) * 0.3
row = np.zeros((n, 1))
col = np.zeros((1, m))
mu = 0.0

for epoch in range(40):
    E = (U @ V.T + row + col + mu - R) * seen
    loss = 0.5 * np.sum(E ** 2)
    dU, dV = E @ V, E.T @ U
    U -= 0.05 * dU
    V -= 0.05 * dV
    row -= 0.05 * E.sum(axis=1, keepdims=True)
    col -= 0.05 * E.sum(axis=0, keepdims=True)
    mu -= 0.05 * E.sum()
