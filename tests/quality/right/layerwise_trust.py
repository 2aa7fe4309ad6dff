# LARS: zero biases take the other branch of the trust ratio in the first step only.
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(64, 7)); Y = np.sin(X[:, :2])
params = [rng.normal(size=(7, 9)) * .4, np.zeros(9), rng.normal(size=(9, 2)) * .4, np.zeros(2)]
slow = [p.copy() for p in params]; ema = [p.copy() for p in params]; swa = [0 * p for p in params]; nswa = 0
vel = [np.zeros_like(p) for p in params]
def grads(params, x, y):
    W1, b1, W2, b2 = params
    z = x @ W1 + b1; h = z * (1 / (1 + np.exp(-z)))
    o = h @ W2 + b2
    loss = np.abs(o - y).mean() + 0.5 * ((o - y) ** 2).mean()
    do = (np.sign(o - y) + (o - y)) / y.size
    s = 1 / (1 + np.exp(-z))
    dz = do @ W2.T * (s + z * s * (1 - s))
    return loss, [x.T @ dz, dz.sum(0), h.T @ do, do.sum(0)]
for it in range(40):
    lr = 0.01 + 0.5 * 0.09 * (1 + np.cos(np.pi * (it % 10) / 10))
    loss, g = grads(params, X, Y)
    for i in range(4):
        wn, gn = np.linalg.norm(params[i]), np.linalg.norm(g[i])
        trust = 0.02 * wn / (gn + 1e-4 * wn) if wn > 0 and gn > 0 else 1.0
        vel[i] = 0.9 * vel[i] + lr * trust * (g[i] + 1e-4 * params[i])
        params[i] = params[i] - vel[i]
    ema = [0.99 * e + 0.01 * p for e, p in zip(ema, params)]
    if (it + 1) % 5 == 0:
        slow = [s + 0.5 * (p - s) for s, p in zip(slow, params)]
        params = [s.copy() for s in slow]
    if it > 20:
        nswa += 1
        swa = [s + (p - s) / nswa for s, p in zip(swa, params)]
print(loss)
