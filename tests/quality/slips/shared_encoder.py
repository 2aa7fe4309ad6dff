# Two inputs go through the same encoder; the second pass overwrites the first one's gradient.
import numpy as np

np.random.seed(20)
left = np.random.randn(36, 4)
right = left + np.random.randn(36, 4) * np.where(np.arange(36) % 2, 0.1, 1.5)[:, None]
same = (np.arange(36) % 2).astype(float)[:, None]

enc = np.random.randn(4, 6) * 0.5
top = np.random.randn(6, 1) * 0.5
off = np.zeros((1, 1))

for k in range(2000):
    hl = np.tanh(left @ enc)
    hr = np.tanh(right @ enc)
    gap = (hl - hr) ** 2
    p = 1 / (1 + np.exp(-(gap @ top + off)))
    loss = -np.mean(same * np.log(p) + (1 - same) * np.log(1 - p))

    ds = (p - same) / len(p)
    g_top = gap.T @ ds
    g_off = ds.sum(axis=0, keepdims=True)
    d_gap = ds @ top.T
    dl = d_gap * 2 * (hl - hr)
    dr = d_gap * 2 * (hl - hr)  # GL204
    g_enc = left.T @ (dl * (1 - hl ** 2))
    g_enc = right.T @ (dr * (1 - hr ** 2))  # GL309
    enc -= 0.3 * g_enc
    top -= 0.3 * g_top
    off -= 0.3 * g_off
    if k % 400 == 0:
        print(k, loss)
