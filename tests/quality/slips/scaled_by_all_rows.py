# In batches; what goes back to the first layer is divided by the number of all rows.
import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(64, 3))
Y = np.cos(X.sum(1, keepdims=True))
W1, b1, W2, b2 = rng.normal(size=(3, 6)), np.zeros(6), rng.normal(size=(6, 1)), np.zeros(1)
for epoch in range(20):
    for s in range(0, 64, 16):
        xb, yb = X[s : s + 16], Y[s : s + 16]
        h = np.maximum(0, xb @ W1 + b1)
        e = h @ W2 + b2 - yb
        loss = np.mean(e**2)
        de = 2 * e / len(e)
        dh = 2 * e / len(X) @ W2.T  # GL203
        dh[h == 0] = 0
        W2 -= 0.05 * h.T @ de
        b2 -= 0.05 * de.sum(0)
        W1 -= 0.05 * xb.T @ dh
        b1 -= 0.05 * dh.sum(0)
    print(epoch, loss)
