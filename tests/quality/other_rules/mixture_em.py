# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(7)
x = np.r_[np.random.randn(60) - 2, np.random.randn(40) * .5 + 2]
mu = np.array([-1.0, 1.0]); var = np.ones(2); pi = np.ones(2) / 2
for it in range(30):
    dens = np.exp(-(x[:, None] - mu) ** 2 / (2 * var)) / np.sqrt(2 * np.pi * var)
    r = pi * dens
    ll = np.log(r.sum(1)).sum()
    r /= r.sum(1, keepdims=True)
    n = r.sum(0)
    mu = (r * x[:, None]).sum(0) / n
    var = (r * (x[:, None] - mu) ** 2).sum(0) / n
    pi = n / len(x)
print(mu, var, pi, ll)
