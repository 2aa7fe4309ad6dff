# right: statistics over the batch, (d,) gain and shift against (n,d), a sample depends on the others
import numpy as np

rng = np.random.default_rng(1)
n, d, h, k = 12, 4, 6, 2
X = rng.normal(size=(n, d))
T = rng.normal(size=(n, k))
W1 = rng.normal(size=(d, h))
gamma, beta = np.ones(h), np.zeros(h)
W2 = rng.normal(size=(h, k)) * 0.5

for step in range(25):
    z = X @ W1
    mu = z.mean(axis=0)
    var = z.var(axis=0)
    zhat = (z - mu) / np.sqrt(var + 1e-5)
    y = gamma * zhat + beta
    a = np.maximum(y, 0)
    out = a @ W2
    loss = 0.5 * np.mean(np.sum((out - T) ** 2, axis=1))

    dout = (out - T) / n
    dW2 = a.T @ dout
    dy = dout @ W2.T * (y > 0)
    dgamma = np.sum(dy * zhat, axis=0)
    dbeta = np.sum(dy, axis=0)
    dzhat = dy * gamma
    dz = (n * dzhat - dzhat.sum(axis=0) - zhat * np.sum(dzhat * zhat, axis=0)) / (n * np.sqrt(var + 1e-5))
    dW1 = X.T @ dz
    W1 -= 0.05 * dW1
    W2 -= 0.05 * dW2
    gamma -= 0.05 * dgamma
    beta -= 0.05 * dbeta
