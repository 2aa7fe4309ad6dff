# right: (n,1) weights against (1,n) weights on purpose: additive pair scores
import numpy as np

rng = np.random.default_rng(15)
n, d = 6, 3
X = rng.normal(size=(n, d))
T = np.sign(rng.normal(size=(n, n)))
a = rng.normal(size=(d, 1)) * 0.5
c = rng.normal(size=(d, 1)) * 0.5

for step in range(30):
    left = X @ a
    right = X @ c
    S = left + right.T
    P = np.tanh(S)
    loss = 0.5 * np.mean((P - T) ** 2)
    dS = (P - T) * (1 - P ** 2) / n ** 2
    da = X.T @ dS.sum(axis=1, keepdims=True)
    dc = X.T @ dS.sum(axis=0, keepdims=True).T
    a -= 0.3 * da
    c -= 0.3 * dc
