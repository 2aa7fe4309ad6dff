# LSTM, one unit of batch: the cell state's own path back in time is dropped, tanh's slope is of the wrong value.
import numpy as np

np.random.seed(10)
H, D, T = 6, 2, 5
Wf, Wi, Wo, Wg = [np.random.randn(H, H + D) * 0.4 for _ in range(4)]
bf, bi, bo, bg = np.ones(H), np.zeros(H), np.zeros(H), np.zeros(H)
Wy = np.random.randn(1, H) * 0.4


def sigma(x):
    return 1 / (1 + np.exp(-x))


for it in range(300):
    xs = np.random.uniform(-1, 1, (T, D))
    target = xs[:, 0].sum()

    h, c, store = np.zeros(H), np.zeros(H), []
    for t in range(T):
        z = np.concatenate([h, xs[t]])
        f, i, o = sigma(Wf @ z + bf), sigma(Wi @ z + bi), sigma(Wo @ z + bo)
        g = np.tanh(Wg @ z + bg)
        c_old, c = c, f * c + i * g
        h = o * np.tanh(c)
        store.append((z, f, i, o, g, c_old, c, h))
    y = Wy @ h
    loss = 0.5 * np.sum((y - target) ** 2)

    dWf, dWi, dWo, dWg = [np.zeros((H, H + D)) for _ in range(4)]
    dbf, dbi, dbo, dbg = [np.zeros(H) for _ in range(4)]
    dy = y - target
    dWy = np.outer(dy, h)
    dh, dc = Wy.T @ dy, np.zeros(H)
    for t in range(T - 1, -1, -1):
        z, f, i, o, g, c_old, c_new, h_new = store[t]
        do = dh * np.tanh(c_new) * o * (1 - o)
        dc = dc + dh * o * (1 - c_new ** 2)  # GL301
        df, di = dc * c_old * f * (1 - f), dc * g * i * (1 - i)
        dg = dc * i * (1 - g ** 2)
        for dW, db, d in ((dWf, dbf, df), (dWi, dbi, di), (dWo, dbo, do), (dWg, dbg, dg)):
            dW += np.outer(d, z)
            db += d
        dz = Wf.T @ df + Wi.T @ di + Wg.T @ dg  # GL309
        dh = dz[:H]
        dc = dc * f
    for P, dP in ((Wf, dWf), (Wi, dWi), (Wo, dWo), (Wg, dWg), (bf, dbf), (bi, dbi), (bo, dbo), (bg, dbg), (Wy, dWy)):
        P -= 0.05 * dP
    if it % 100 == 0:
        print(it, loss)
