# Batch norm with the mean's path left out, and beta's gradient averaged while all else is summed.
import numpy as np

rng = np.random.default_rng(18)
x = rng.normal(2.0, 3.0, (30, 5))
t = np.tanh(x[:, :2] / 3) + 0.5
W = rng.normal(0, 0.4, (5, 8))
gamma, beta = np.ones(8), np.zeros(8)
V = rng.normal(0, 0.4, (8, 2))
c = np.zeros(2)

for it in range(800):
    u = x @ W
    mu = u.mean(axis=0)
    var = ((u - mu) ** 2).mean(axis=0)
    inv = 1 / np.sqrt(var + 1e-5)
    uh = (u - mu) * inv
    v = np.tanh(gamma * uh + beta)
    o = v @ V + c
    loss = ((o - t) ** 2).sum() / 2

    do = o - t
    dV = v.T @ do
    dc = do.sum(axis=0)
    dv = do @ V.T * (1 - v ** 2)
    dgamma = (dv * uh).sum(axis=0)
    dbeta = dv.mean(axis=0)  # GL206
    duh = dv * gamma
    dvar = (duh * (u - mu)).sum(axis=0) * -0.5 * inv ** 3
    dmu = -(duh * inv).sum(axis=0)
    du = duh * inv + dvar * 2 * (u - mu) / len(x)  # GL309
    dW = x.T @ du
    for p, g in ((W, dW), (gamma, dgamma), (beta, dbeta), (V, dV), (c, dc)):
        p -= 0.005 * g
    if it % 200 == 0:
        print(it, loss)
