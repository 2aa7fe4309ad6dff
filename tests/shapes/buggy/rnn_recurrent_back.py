# silent: the recurrent matrix is not transposed going back in time
# expression: np.dot(Whh, dz)
# fixed: dh_next = np.dot(Whh.T, dz)
import numpy as np

np.random.seed(16)
H, D, T = 6, 3, 5
xs = np.random.randn(T, D, 1)
ys = np.random.randn(T, 2, 1)
Wxh = np.random.randn(H, D) * 0.3
Whh = np.random.randn(H, H) * 0.3
Why = np.random.randn(2, H) * 0.3
bh = np.zeros((H, 1))
lr = 0.02

for epoch in range(15):
    hs = {-1: np.zeros((H, 1))}
    outs = {}
    loss = 0
    for t in range(T):
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        outs[t] = np.dot(Why, hs[t])
        loss += 0.5 * np.sum((outs[t] - ys[t]) ** 2)
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh = np.zeros_like(bh)
    dh_next = np.zeros((H, 1))
    for t in reversed(range(T)):
        dy = outs[t] - ys[t]
        dWhy += np.dot(dy, hs[t].T)
        dh = np.dot(Why.T, dy) + dh_next
        dz = (1 - hs[t] ** 2) * dh
        dbh += dz
        dWxh += np.dot(dz, xs[t].T)
        dWhh += np.dot(dz, hs[t - 1].T)
        dh_next = np.dot(Whh, dz)  # GL305
    for p, dp in zip([Wxh, Whh, Why, bh], [dWxh, dWhh, dWhy, dbh]):
        p -= lr * dp
