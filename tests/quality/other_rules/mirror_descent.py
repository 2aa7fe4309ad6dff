# learns by another rule than the gradient of a loss it shows
import numpy as np
rng = np.random.default_rng(1)
returns = rng.normal(size=(100, 5)) * .1 + [.02, .01, 0, -.01, .03]
w = np.ones(5) / 5
eta = 0.1
for t in range(100):
    risk = 0.5 * w @ np.cov(returns.T) @ w - w @ returns.mean(0)
    g = np.cov(returns.T) @ w - returns.mean(0)
    w = w * np.exp(-eta * g)
    w /= w.sum()
print(w, risk)
