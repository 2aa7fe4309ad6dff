# Factors of pairs of features: the margin inside the slope has the wrong sign.
import numpy as np
rs = np.random.RandomState(1)
n, d, k = 60, 7, 3
X = rs.rand(n, d) * (rs.rand(n, d) > .3)
y = np.sign(X[:, 0] * X[:, 1] - X[:, 2] * X[:, 3] + .1 * rs.randn(n))
y[y == 0] = 1
w0 = 0.
w = np.zeros(d)
V = rs.normal(0, .1, (d, k))
eta, lam = .05, .001
def predict(x):
    inter = 0.
    for f in range(k):
        s = (V[:, f] * x).sum()
        s2 = ((V[:, f] * x) ** 2).sum()
        inter += .5 * (s * s - s2)
    return w0 + w.dot(x) + inter
for epoch in range(30):
    total = 0
    for i in rs.permutation(n):
        x, t = X[i], y[i]
        p = predict(x)
        total += np.log(1 + np.exp(-t * p))
        mult = -t / (1 + np.exp(-t * p))  # GL399
        w0 -= eta * mult
        for j in range(d):
            if x[j] != 0:
                w[j] -= eta * (mult * x[j] + 2 * lam * w[j])
        sums = V.T.dot(x)
        for j in range(d):
            if x[j] == 0: continue
            for f in range(k):
                g = mult * (x[j] * sums[f] - V[j, f] * x[j] ** 2)
                V[j, f] -= eta * (g + 2 * lam * V[j, f])
    if epoch % 10 == 0: print(epoch, total / n)
