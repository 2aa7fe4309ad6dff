# silent: np.add of three paths, the third receives the sum
# expression: np.add(dh1, dh2, dskip)
# fixed: dx = dh1 + dh2 + dskip
import numpy as np

rng = np.random.default_rng(30)
x0 = rng.normal(size=(8, 4))
T = rng.normal(size=(8, 4))
W0 = rng.normal(size=(4, 4)) * 0.5
Wa = rng.normal(size=(4, 4)) * 0.5
Wb = rng.normal(size=(4, 4)) * 0.5

for step in range(20):
    x = x0 @ W0
    ha = np.tanh(x @ Wa)
    hb = np.sin(x @ Wb)
    out = x + ha + hb
    loss = 0.5 * np.sum((out - T) ** 2)
    d = out - T
    dza = d * (1 - ha ** 2)
    dzb = d * np.cos(x @ Wb)
    dh1 = dza @ Wa.T
    dh2 = dzb @ Wb.T
    dskip = d.copy()
    dx = np.add(dh1, dh2, dskip)  # GL107
    dx = dx * 1.0
    Wa -= 0.01 * x.T @ dza
    Wb -= 0.01 * x.T @ dzb
    W0 -= 0.01 * x0.T @ dx
