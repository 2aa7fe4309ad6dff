# right: a convolution by windows, averaged, one sample at a time
# conv1d + global average pooling + logistic, loops
import numpy as np
rng = np.random.default_rng(9)
X = rng.normal(size=(24, 20)); t = (X[:, 5:9].mean(1) > 0) * 1.
K = rng.normal(size=(3, 5)) * .3; kb = np.zeros(3); V = rng.normal(size=3) * .3; vb = 0.
for ep in range(50):
    gK, gkb, gV, gvb, J = np.zeros_like(K), np.zeros_like(kb), np.zeros_like(V), 0., 0.
    for x, y in zip(X, t):
        win = np.array([x[i:i+5] for i in range(16)])
        z = win @ K.T + kb
        a = np.maximum(z, 0)
        f = a.mean(0)
        p = 1 / (1 + np.exp(-(f @ V + vb)))
        J -= y * np.log(p) + (1 - y) * np.log(1 - p)
        d = p - y
        gV += d * f; gvb += d
        da = np.tile(d * V / 16, (16, 1))
        dz = da * (z > 0)
        gK += dz.T @ win
        gkb += dz.sum(0)
    n = len(X)
    K -= .5 * gK / n; kb -= .5 * gkb / n; V -= .5 * gV / n; vb -= .5 * gvb / n
print(J / n)
