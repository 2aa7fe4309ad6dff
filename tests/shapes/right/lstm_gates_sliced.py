# right: one fused gate matrix, sliced four ways; hidden size equals batch size
import numpy as np

rng = np.random.default_rng(10)
B, D, T = 3, 2, 3
H = 3
x = rng.normal(size=(T, B, D))
target = rng.normal(size=(B, H))
W = rng.normal(size=(D + H, 4 * H)) * 0.4
b = np.zeros(4 * H)


def sig(v):
    return 1 / (1 + np.exp(-v))


for step in range(10):
    h, c = np.zeros((B, H)), np.zeros((B, H))
    tape = []
    for t in range(T):
        xh = np.hstack([x[t], h])
        z = xh @ W + b
        i, f, o, g = sig(z[:, :H]), sig(z[:, H:2 * H]), sig(z[:, 2 * H:3 * H]), np.tanh(z[:, 3 * H:])
        c_old = c
        c = f * c_old + i * g
        tc = np.tanh(c)
        h = o * tc
        tape.append((xh, i, f, o, g, c_old, tc))
    loss = 0.5 * np.sum((h - target) ** 2)

    dW, db = np.zeros_like(W), np.zeros_like(b)
    dh, dc = h - target, np.zeros((B, H))
    for xh, i, f, o, g, c_old, tc in reversed(tape):
        dc = dc + dh * o * (1 - tc ** 2)
        dz = np.hstack([dc * g * i * (1 - i), dc * c_old * f * (1 - f),
                        dh * tc * o * (1 - o), dc * i * (1 - g ** 2)])
        dW += xh.T @ dz
        db += dz.sum(axis=0)
        dh = (dz @ W.T)[:, D:]
        dc = dc * f
    W -= 0.1 * dW
    b -= 0.1 * db
