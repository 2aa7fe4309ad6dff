# right: an input that learns from its three distances
import numpy as np
rng = np.random.default_rng(7)
M = rng.normal(0, .5, (6, 3)); margin = 1.0
A, Pz, N = (rng.normal(size=(25, 6)) for _ in range(3))
for epoch in range(20):
    a, p, n = A @ M, Pz @ M, N @ M
    dp = ((a - p) ** 2).sum(1); dn = ((a - n) ** 2).sum(1)
    hinge = np.maximum(0, dp - dn + margin)
    L = hinge.mean()
    on = (hinge > 0)[:, None] / len(A)
    ga = 2 * (n - p) * on; gp = -2 * (a - p) * on; gn = 2 * (a - n) * on
    grad = A.T @ ga + Pz.T @ gp + N.T @ gn
    M -= 0.05 * grad
    print(epoch, L)
