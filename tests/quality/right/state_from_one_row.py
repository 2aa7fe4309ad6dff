# right: a state that starts as one row takes on the rows of the batch, in every epoch anew
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(12, 5, 3)); Y = rng.normal(size=(12, 2))
W = rng.normal(size=(3, 4)) * .3; U = rng.normal(size=(4, 4)) * .3; V = rng.normal(size=(4, 2)) * .3
start = np.full((1, 4), 0.2)
for epoch in range(100):
    h = start
    hs, gs = [h], []
    for t in range(5):
        g = np.tanh(X[:, t] @ W + h @ U)
        h = h + 0.5 * g
        hs.append(h); gs.append(g)
    out = h @ V
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    dV = h.T @ d
    dh = d @ V.T
    dW, dU = np.zeros_like(W), np.zeros_like(U)
    for t in reversed(range(5)):
        da = 0.5 * dh * (1 - gs[t] ** 2)
        dW += X[:, t].T @ da
        dU += np.broadcast_to(hs[t], (12, 4)).T @ da
        dh = dh + da @ U.T
    W -= .01 * dW; U -= .01 * dU; V -= .01 * dV
    print(loss)
