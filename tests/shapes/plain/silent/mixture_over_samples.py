# silent: responsibilities that sum to 1 over the samples
# expression: dens.sum(axis=0)
import numpy as np

rng = np.random.default_rng(4)
x = np.concatenate([rng.normal(-2, 1, 100), rng.normal(3, 0.5, 150)])
n, k = len(x), 2
mu = np.array([-1.0, 1.0])
var = np.ones(k)
pi = np.ones(k) / k
for step in range(20):
    dens = pi * np.exp(-0.5 * (x[:, None] - mu) ** 2 / var) / np.sqrt(2 * np.pi * var)
    resp = dens / dens.sum(axis=0)  # GL407
    nk = resp.sum(axis=0)
    mu = (resp * x[:, None]).sum(axis=0) / nk
    var = (resp * (x[:, None] - mu) ** 2).sum(axis=0) / nk
    pi = nk / n
print(mu, var, pi)
