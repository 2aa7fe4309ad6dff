# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(5)
pats = np.sign(np.random.randn(3, 20))
W = np.zeros((20, 20))
for p in pats:
    W += np.outer(p, p) / 20
np.fill_diagonal(W, 0)
s = pats[0].copy(); s[:4] *= -1
for _ in range(5):
    E = -0.5 * s @ W @ s
    s = np.sign(W @ s)
print((s == pats[0]).mean(), E)
