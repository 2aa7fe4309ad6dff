# Every round binds a multiple of the gradient to the loop's own name: nothing is learned.
import numpy as np

rng = np.random.default_rng(5)
slices = [slice(0, 16), slice(16, 32)]
X = rng.normal(size=(32, 4))
y, c = np.sin(X[:, :1]), (X[:, 1:2] > 0) * 1.0
W, b = rng.normal(size=(4, 6)) * 0.4, np.zeros(6)
Wr, br = rng.normal(size=(6, 1)) * 0.4, np.zeros(1)
Wc, bc = rng.normal(size=(6, 1)) * 0.4, np.zeros(1)
for part in slices:
    print(X[part].mean())
for it in range(40):
    h = np.tanh(X @ W + b)
    r = h @ Wr + br
    p = 1 / (1 + np.exp(-(h @ Wc + bc)))
    dr, dp = (r - y) / 32, (p - c) / 32
    dWr, dbr, dWc, dbc = h.T @ dr, dr.sum(0), h.T @ dp, dp.sum(0)
    dh = (dr @ Wr.T + dp @ Wc.T) * (1 - h**2)
    dW, db = X.T @ dh, dh.sum(0)
    for P, g in ((W, dW), (b, db), (Wr, dWr), (br, dbr), (Wc, dWc), (bc, dbc)):
        P = 0.1 * g  # GL408
