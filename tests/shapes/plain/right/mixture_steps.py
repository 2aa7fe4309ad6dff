import numpy as np

rng = np.random.default_rng(0)
x = np.concatenate([rng.normal(-2, 1, 40), rng.normal(3, 0.5, 40)])
mu, sd, w = np.array([-1.0, 1.0]), np.ones(2), np.full(2, 0.5)
for _ in range(30):
    dens = w * np.exp(-0.5 * ((x[:, None] - mu) / sd) ** 2) / sd
    r = dens / dens.sum(axis=1, keepdims=True)
    n = r.sum(axis=0)
    mu = (r * x[:, None]).sum(axis=0) / n
    sd = np.sqrt((r * (x[:, None] - mu) ** 2).sum(axis=0) / n)
    w = n / len(x)
print(mu.round(1), sd.round(1))
