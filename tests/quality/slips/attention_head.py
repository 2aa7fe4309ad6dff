# One attention head: the scale is not applied on the way back, and K gets the untransposed score gradient.
import numpy as np

rng = np.random.default_rng(22)
T, D = 6, 4
Wq, Wk, Wv = [rng.normal(0, 0.6, (D, D)) for _ in range(3)]
x = rng.normal(size=(T, D))
want = np.cumsum(x, axis=0) / np.arange(1, T + 1)[:, None]
scale = 1 / np.sqrt(D)

for it in range(1000):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    s = q @ k.T * scale
    a = np.exp(s - s.max(axis=-1, keepdims=True))
    a /= a.sum(axis=-1, keepdims=True)
    out = a @ v
    loss = 0.5 * np.sum((out - want) ** 2)

    g = out - want
    dv = a.T @ g
    da = g @ v.T
    ds = a * (da - np.sum(da * a, axis=-1, keepdims=True))
    dq = ds @ k  # GL203
    dk = ds @ q * scale  # GL305
    Wq -= 0.02 * x.T @ dq
    Wk -= 0.02 * x.T @ dk
    Wv -= 0.02 * x.T @ dv
    if it % 250 == 0:
        print(it, loss)
