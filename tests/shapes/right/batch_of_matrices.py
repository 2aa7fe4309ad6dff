# right: einsum over a shared weight, letters t and s run over the same length
import numpy as np

rng = np.random.default_rng(33)
B, T, D = 3, 4, 4
x = rng.normal(size=(B, T, D))
y = rng.normal(size=(B, T, T))
M = rng.normal(size=(D, D)) * 0.3

for step in range(20):
    xm = np.einsum('btd,de->bte', x, M)
    S = np.einsum('bte,bse->bts', xm, x)
    P = np.tanh(S)
    loss = 0.5 * np.sum((P - y) ** 2) / B
    dS = (P - y) * (1 - P ** 2) / B
    dM = np.einsum('btd,bts,bse->de', x, dS, x)
    M -= 0.01 * dM
