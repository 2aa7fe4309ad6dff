# Adding problem with a plain RNN: state of the wrong step, and nothing comes from the future.
import numpy as np

np.random.seed(5)
T, H = 7, 10
U = np.random.randn(H, 2) * 0.4
W = np.random.randn(H, H) * 0.3
V = np.random.randn(1, H) * 0.4
b = np.zeros((H, 1))
c = np.zeros((1, 1))


def rnn_step(xs, targets):
    hs = {-1: np.zeros((H, 1))}
    ys = {}
    loss = 0.0
    for t in range(T):
        hs[t] = np.tanh(U.dot(xs[t]) + W.dot(hs[t - 1]) + b)
        ys[t] = V.dot(hs[t]) + c
        loss += 0.5 * np.sum((ys[t] - targets[t]) ** 2)

    dU, dW, dV = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V)
    db, dc = np.zeros_like(b), np.zeros_like(c)
    dh_next = np.zeros((H, 1))
    for t in range(T - 1, -1, -1):
        dy = ys[t] - targets[t]
        dV += dy.dot(hs[t].T)
        dc += dy
        dh = V.T.dot(dy)  # GL309
        dz = dh * (1 - hs[t] ** 2)
        dU += dz.dot(xs[t].T)
        dW += dz.dot(hs[t].T)  # GL308
        db += dz
        dh_next = W.T.dot(dz)
    return loss, [dU, dW, dV, db, dc]


for it in range(400):
    xs = np.random.rand(T, 2, 1)
    targets = np.cumsum(xs[:, 0] - xs[:, 1], axis=0).reshape(T, 1, 1)
    loss, grads = rnn_step(xs, targets)
    for p, g in zip([U, W, V, b, c], grads):
        p -= 0.01 * g
    if it % 100 == 0:
        print(it, loss)
