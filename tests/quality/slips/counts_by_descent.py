# A log-likelihood of counts is kept, and the updates make it smaller.
import numpy as np

rng = np.random.default_rng(55)
hour = rng.normal(size=(50, 3))
calls = rng.poisson(np.exp(hour @ [0.3, -0.2, 0.1] + 0.5))
beta, mu, trace = np.zeros(3), 0.0, []
for k in range(400):
    eta = hour @ beta + mu
    lam = np.exp(eta)
    ell = np.sum(calls * eta - lam)
    score = lam - calls
    beta = beta + 0.005 * hour.T @ score  # GL205
    mu = mu + 0.005 * score.sum()
    trace.append(ell)
