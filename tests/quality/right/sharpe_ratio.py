# Ascent on a ratio: a positive scalar that is no loss.
import numpy as np
rng = np.random.default_rng(0)
R = rng.normal(0.001, 0.02, (250, 5)); theta = np.zeros(5)
for it in range(200):
    w = np.exp(theta) / np.exp(theta).sum()
    port = R @ w
    mu, sd = port.mean(), port.std()
    sharpe = mu / sd
    dport = 1 / (len(R) * sd) - mu / sd ** 2 * (port - mu) / (len(R) * sd)
    dw = R.T @ dport
    dtheta = w * (dw - (w * dw).sum())
    theta += 5.0 * dtheta
print(sharpe)
