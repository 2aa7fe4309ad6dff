# crash: np.add.at with one row per token but too few rows
# expression: np.add.at(dE, tokens, dctx)
# fixed: np.add.at(dE, tokens, dctx[:, None, :] / 3)
import numpy as np

np.random.seed(79)
V, D, B = 9, 4, 5
E = np.random.randn(V, D) * 0.5
W = np.random.randn(D, V) * 0.5
tokens = np.array([[0, 1, 2], [3, 1, 4], [5, 6, 2], [8, 7, 0], [1, 1, 3]])
targets = np.array([3, 2, 0, 4, 6])

for epoch in range(10):
    ctx = E[tokens].mean(axis=1)
    s = ctx @ W
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(B), targets]).mean()
    ds = p.copy()
    ds[np.arange(B), targets] -= 1
    ds /= B
    dctx = ds @ W.T
    dE = np.zeros_like(E)
    np.add.at(dE, tokens, dctx)  # GL106
    W -= 0.5 * ctx.T @ ds
    E -= 0.5 * dE
