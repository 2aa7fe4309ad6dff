# right: the likelihood is worked out behind the update, for the parameters of the next step
import numpy as np
rng = np.random.default_rng(21)
n, p = 150, 4
X = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
true_beta = np.array([0.5, 0.3, -0.2, 0.1])
y = rng.negative_binomial(3, 3 / (3 + np.exp(X @ true_beta)))

def unpack(theta):
    return theta[:-1], np.exp(theta[-1])

def loglik(theta):
    beta, r = unpack(theta)
    mu = np.exp(X @ beta)
    out = 0.0
    for k in range(int(y.max())):
        out += np.log(r + k) * (y > k).sum()
    return out + np.sum(y * np.log(mu) - (y + r) * np.log(r + mu)) + n * r * np.log(r)

def gradient(theta):
    beta, r = unpack(theta)
    mu = np.exp(X @ beta)
    g_beta = X.T @ (r * (y - mu) / (r + mu))
    dr = 0.0
    for k in range(int(y.max())):
        dr += (y > k).sum() / (r + k)
    dr += n * np.log(r) + n - np.sum(np.log(r + mu) + (y + r) / (r + mu))
    return np.append(g_beta, dr * r)  # GL399 the chain through exp(theta[-1]) is missing: dr * r

theta = np.array([0.1, 0.1, 0.1, 0.1, 0.7])
for it in range(200):
    theta = theta + 0.001 * gradient(theta)
    if it % 50 == 0:
        print(it, loglik(theta))
