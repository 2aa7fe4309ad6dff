# right: a pairwise hinge over (n,1) minus (1,n) scores
import numpy as np

np.random.seed(19)
n, d = 7, 4
X = np.random.randn(n, d)
relevance = X @ np.array([1.0, 0.5, -1.0, 0.2])
w = np.random.randn(d) * 0.1
better = (relevance[:, None] > relevance[None, :]).astype(float)

for it in range(40):
    s = X @ w
    margin = 1 - (s[:, None] - s[None, :])
    hinge = np.maximum(margin, 0) * better
    loss = hinge.sum() / n
    active = (margin > 0) * better / n
    ds = active.sum(axis=0) - active.sum(axis=1)
    w -= 0.05 * X.T @ ds
