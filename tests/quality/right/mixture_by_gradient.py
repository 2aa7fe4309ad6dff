# right: mixture weights, centres and widths that climb the log-likelihood
import numpy as np
rng = np.random.default_rng(4)
X = np.vstack([rng.normal(c, .4, (20, 2)) for c in ((0, 0), (2, 2), (0, 3))])
mu = X[rng.choice(60, 3, replace=False)].copy(); ls = np.zeros(3); pi_logit = np.zeros(3)
for it in range(50):
    d2 = ((X[:, None] - mu[None]) ** 2).sum(-1)
    logpi = pi_logit - np.log(np.exp(pi_logit).sum())
    lp = logpi - 2 * ls - np.log(2 * np.pi) - .5 * d2 * np.exp(-2 * ls)
    mx = lp.max(1, keepdims=True); lse = mx[:, 0] + np.log(np.exp(lp - mx).sum(1))
    ll = lse.sum()
    r = np.exp(lp - lse[:, None])
    g_mu = (r[:, :, None] * (X[:, None] - mu)).sum(0) * np.exp(-2 * ls)[:, None]
    g_ls = (r * (d2 * np.exp(-2 * ls) - 2)).sum(0)
    g_pi = r.sum(0) - 60 * np.exp(logpi)
    mu += .005 * g_mu; ls += .005 * g_ls; pi_logit += .005 * g_pi
    if it % 10 == 0: print(it, ll)
