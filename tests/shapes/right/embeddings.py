# right: rows looked up by integer index, repeated tokens gathered by np.add.at
import numpy as np

np.random.seed(11)
V, D, K = 8, 4, 3
tokens = np.array([[0, 1, 1, 2], [3, 3, 3, 4], [5, 0, 7, 7]])
labels = np.array([2, 0, 1])
E = np.random.randn(V, D) * 0.5
W = np.random.randn(D, K) * 0.5

for epoch in range(25):
    ctx = E[tokens].mean(axis=1)
    s = ctx @ W
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[range(3), labels]).sum()
    p[range(3), labels] -= 1
    dW = ctx.T @ p
    dctx = p @ W.T
    dE = np.zeros_like(E)
    np.add.at(dE, tokens, dctx[:, None, :] / tokens.shape[1])
    E -= 0.3 * dE
    W -= 0.3 * dW
