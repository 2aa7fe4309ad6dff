# crash: np.stack of hidden states, the initial one has another shape
# expression: np.stack(hs)
# fixed: Hs = np.stack(hs[1:])
import numpy as np

np.random.seed(69)
T, B, D, H = 4, 6, 3, 5
x = np.random.randn(T, B, D)
y = np.random.randn(T, B, H)
W = np.random.randn(D, H) * 0.5

for step in range(5):
    hs = [np.zeros(H)]
    for t in range(T):
        hs.append(np.tanh(x[t] @ W))
    Hs = np.stack(hs)  # GL106
    loss = 0.5 * np.sum((Hs - y) ** 2)
    dH = Hs - y
    dz = dH * (1 - Hs ** 2)
    W -= 0.01 * np.einsum('tbd,tbh->dh', x, dz)
