# The bias of the last layer keeps what the last sample made, behind a division in its update.
import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(24, 20))
t = (X[:, 5:9].mean(1) > 0) * 1.0
K, kb, V, vb = rng.normal(size=(3, 5)) * 0.3, np.zeros(3), rng.normal(size=3) * 0.3, 0.0
for ep in range(50):
    gK, gkb, gV, gvb, J = np.zeros_like(K), np.zeros_like(kb), np.zeros_like(V), 0.0, 0.0
    for x, y in zip(X, t):
        win = np.array([x[i:i + 5] for i in range(16)])
        z = win @ K.T + kb
        a = np.maximum(z, 0)
        f = a.mean(0)
        p = 1 / (1 + np.exp(-(f @ V + vb)))
        J -= y * np.log(p) + (1 - y) * np.log(1 - p)
        d = p - y
        gV += d * f
        gvb = d  # GL309
        dz = np.tile(d * V / 16, (16, 1)) * (z > 0)
        gK += dz.T @ win
        gkb += dz.sum(0)
    n = len(X)
    print(J)
    K -= 0.5 * gK / n
    kb -= 0.5 * gkb / n
    V -= 0.5 * gV / n
    vb -= 0.5 * gvb / n
