# right: square recurrent weights, batch = hidden, columns
import numpy as np

np.random.seed(9)
H = m = 4
D, T = 3, 4
x = np.random.randn(T, D, m)
y = np.random.randn(T, 2, m)
Wx = np.random.randn(H, D) * 0.4
Wh = np.random.randn(H, H) * 0.4
Wy = np.random.randn(2, H) * 0.4
bh = np.zeros((H, 1))

for epoch in range(12):
    h = [np.zeros((H, m))]
    out = []
    loss = 0.0
    for t in range(T):
        h.append(np.tanh(Wx @ x[t] + Wh @ h[t] + bh))
        out.append(Wy @ h[t + 1])
        loss += 0.5 * np.sum((out[t] - y[t]) ** 2) / m
    gWx, gWh, gWy, gbh = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy), np.zeros_like(bh)
    carry = np.zeros((H, m))
    for t in range(T - 1, -1, -1):
        dy = (out[t] - y[t]) / m
        gWy += dy @ h[t + 1].T
        dh = Wy.T @ dy + carry
        dz = dh * (1 - h[t + 1] ** 2)
        gWx += dz @ x[t].T
        gWh += dz @ h[t].T
        gbh += dz.sum(axis=1, keepdims=True)
        carry = Wh.T @ dz
    Wx -= 0.1 * gWx
    Wh -= 0.1 * gWh
    Wy -= 0.1 * gWy
    bh -= 0.1 * gbh
