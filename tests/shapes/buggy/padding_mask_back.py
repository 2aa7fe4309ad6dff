# silent: (batch,) padding mask multiplies the hidden axis going back, batch = hidden
# expression: dh * mask
# fixed: dh = dh * mask[:, None]
import numpy as np

rng = np.random.default_rng(33)
B, D, H, T = 5, 3, 5, 4
x = rng.normal(size=(T, B, D))
target = rng.normal(size=(B, H))
lengths = np.array([4, 2, 3, 1, 4])
Wx = rng.normal(size=(D, H)) * 0.4
Wh = rng.normal(size=(H, H)) * 0.4

for step in range(15):
    hs = [np.zeros((B, H))]
    for t in range(T):
        mask = (t < lengths).astype(float)
        cand = np.tanh(x[t] @ Wx + hs[-1] @ Wh)
        hs.append(mask[:, None] * cand + (1 - mask[:, None]) * hs[-1])
    loss = 0.5 * np.sum((hs[-1] - target) ** 2)

    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    dnext = hs[-1] - target
    for t in range(T - 1, -1, -1):
        mask = (t < lengths).astype(float)
        keep = dnext * (1 - mask[:, None])
        dh = dnext
        dh = dh * mask  # GL104
        cand = np.tanh(x[t] @ Wx + hs[t] @ Wh)
        dz = dh * (1 - cand ** 2)
        dWx += x[t].T @ dz
        dWh += hs[t].T @ dz
        dnext = dz @ Wh.T + keep
    Wx -= 0.05 * dWx
    Wh -= 0.05 * dWh
