# silent: layer norm's mean without keepdims, batch equals width
# expression: z.mean(axis=1)
# fixed: mu = z.mean(axis=1, keepdims=True)
import numpy as np

rng = np.random.default_rng(10)
N = D = 8
X = rng.normal(size=(N, 3))
T = rng.normal(size=(N, D))
W = rng.normal(size=(3, D)) * 0.4
g = np.ones(D)
b = np.zeros(D)

for step in range(20):
    z = X @ W
    mu = z.mean(axis=1)  # GL105
    zc = z - mu
    var = (zc ** 2).mean(axis=1, keepdims=True)
    istd = 1 / np.sqrt(var + 1e-5)
    zh = zc * istd
    out = g * zh + b
    loss = 0.5 * np.sum((out - T) ** 2) / N

    dout = (out - T) / N
    dg = (dout * zh).sum(axis=0)
    db = dout.sum(axis=0)
    dzh = dout * g
    dz = istd * (dzh - dzh.mean(axis=1, keepdims=True)
                 - zh * (dzh * zh).mean(axis=1, keepdims=True))
    W -= 0.05 * X.T @ dz
    g -= 0.05 * dg
    b -= 0.05 * db
