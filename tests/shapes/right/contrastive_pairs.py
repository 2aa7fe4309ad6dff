# right: every sample scored against every other, (n,n) cross-entropy with a diagonal target
import numpy as np

rng = np.random.default_rng(18)
n, d, k = 5, 4, 3
A = rng.normal(size=(n, d))
B = A + 0.1 * rng.normal(size=(n, d))
Wa = rng.normal(size=(d, k)) * 0.5
Wb = rng.normal(size=(d, k)) * 0.5

for step in range(25):
    za, zb = A @ Wa, B @ Wb
    S = za @ zb.T
    E = np.exp(S - S.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(np.diag(P)))
    dS = (P - np.eye(n)) / n
    dza = dS @ zb
    dzb = dS.T @ za
    Wa -= 0.2 * A.T @ dza
    Wb -= 0.2 * B.T @ dzb
