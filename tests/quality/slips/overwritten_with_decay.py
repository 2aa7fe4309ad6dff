# A step with a decay in it takes the place of the weights: =- for -=.
"""Factorisation machine, SGD sample by sample."""
import numpy as np
gen = np.random.default_rng(12)
n, k = 8, 3
X = (gen.random((40, n)) < .4).astype(float)
y = gen.choice([-1, 1], 40)
w0, w, V = 0.0, np.zeros(n), gen.normal(0, .1, (n, k))
lr, lam = .05, .001
for epoch in range(5):
    tot = 0
    for xi, yi in zip(X, y):
        s = V.T @ xi
        yhat = w0 + w @ xi + .5 * (s @ s - ((V ** 2).T @ (xi ** 2)).sum())
        tot += np.log(1 + np.exp(-yi * yhat))
        g = -yi / (1 + np.exp(yi * yhat))
        w0 -= lr * g
        w =- lr * (g * xi + lam * w)  # GL408
        V -= lr * (g * (np.outer(xi, s) - V * (xi ** 2)[:, None]) + lam * V)
    print(epoch, tot / 40)
