# right: the chances of every time step are kept in a row, and taken out again on the way back
import numpy as np

rng = np.random.default_rng(8)
notes = rng.integers(0, 5, size=40)
Wx, Wh = rng.normal(size=(6, 5)) * 0.4, rng.normal(size=(6, 6)) * 0.3
Wo = rng.normal(size=(5, 6)) * 0.4
T = 8
for epoch in range(3):
    for lo in range(0, 32, T):
        states, chances = np.zeros((T + 1, 6)), np.zeros((T, 5))
        for t in np.arange(T):
            states[t] = np.tanh(Wx[:, notes[lo + t]] + Wh @ states[t - 1])
            score = np.exp(Wo @ states[t])
            chances[t] = score / score.sum()
        dWx, dWh, dWo = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wo)
        later = np.zeros(6)
        for t in np.arange(T)[::-1]:
            off = chances[t].copy()
            off[notes[lo + t + 1]] -= 1
            dWo += np.outer(off, states[t])
            inner = (Wo.T @ off + later) * (1 - states[t] ** 2)
            dWx[:, notes[lo + t]] += inner
            dWh += np.outer(inner, states[t - 1])
            later = Wh.T @ inner
        Wx -= 0.05 * dWx
        Wh -= 0.05 * dWh
        Wo -= 0.05 * dWo
