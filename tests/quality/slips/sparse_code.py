# A sparse code: the second fraction of the divergence has the wrong one below.
import numpy as np
rng = np.random.default_rng(30)
x = rng.random((20, 6)); rho, beta, lam = .05, 3., 1e-3
W1, b1, W2, b2 = rng.normal(0, .3, (4, 6)), np.zeros(4), rng.normal(0, .3, (6, 4)), np.zeros(6)
sg = lambda z: 1 / (1 + np.exp(-z))
for i in range(60):
    a2 = sg(x @ W1.T + b1); a3 = sg(a2 @ W2.T + b2)
    r = a2.mean(0)
    J = .5 * ((a3 - x) ** 2).sum() / 20 + lam / 2 * ((W1 ** 2).sum() + (W2 ** 2).sum()) + beta * (rho * np.log(rho / r) + (1 - rho) * np.log((1 - rho) / (1 - r))).sum()
    d3 = (a3 - x) * a3 * (1 - a3)
    d2 = (d3 @ W2 + beta * (-rho / r + (1 - rho) / r)) * a2 * (1 - a2)  # GL399 GL309
    W1 -= .5 * (d2.T @ x / 20 + lam * W1); b1 -= .5 * d2.mean(0)
    W2 -= .5 * (d3.T @ a2 / 20 + lam * W2); b2 -= .5 * d3.mean(0)
    if i % 20 == 0: print(J)
