# Evolution strategy with an adapted covariance: mean, covariance and path all move by themselves,
# and what moves the mean moves the path as well.
import numpy as np
rng = np.random.default_rng(0)
def f(x): return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()
n = 4; lam = 10; mu = 5
w = np.log(mu + .5) - np.log(np.arange(1, mu + 1)); w /= w.sum()
mueff = 1 / (w ** 2).sum()
cs = (mueff + 2) / (n + mueff + 5); ds = 1 + cs; cc = 4 / (n + 4)
c1 = 2 / ((n + 1.3) ** 2 + mueff); cmu = min(1 - c1, 2 * (mueff - 2 + 1 / mueff) / ((n + 2) ** 2 + mueff))
chi = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
m = rng.normal(size=n); sigma = 0.5; C = np.eye(n); ps = np.zeros(n); pc = np.zeros(n)
for g in range(60):
    d, B = np.linalg.eigh(C)
    d = np.sqrt(d)
    y = (B * d) @ rng.normal(size=(n, lam))
    xs = m[:, None] + sigma * y
    cost = np.array([f(xs[:, k]) for k in range(lam)])
    idx = np.argsort(cost)[:mu]
    yw = y[:, idx] @ w
    m = m + sigma * yw
    ps = (1 - cs) * ps + np.sqrt(cs * (2 - cs) * mueff) * (B @ ((B.T @ yw) / d))
    pc = (1 - cc) * pc + np.sqrt(cc * (2 - cc) * mueff) * yw
    C = (1 - c1 - cmu) * C + c1 * np.outer(pc, pc) + cmu * (y[:, idx] * w) @ y[:, idx].T
    sigma *= np.exp(cs / ds * (np.linalg.norm(ps) / chi - 1))
print(m)
