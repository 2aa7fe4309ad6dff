# right: Newton's step, the gradient stands inside solve
import numpy as np
rng = np.random.default_rng(9)
X = np.c_[np.ones(70), rng.normal(size=(70, 2))]
y = (rng.random(70) < 1 / (1 + np.exp(-(X @ [.2, 1, -1])))).astype(float)
beta = np.zeros(3)
for i in range(8):
    mu = 1 / (1 + np.exp(-X @ beta))
    nll = -np.sum(y * np.log(mu) + (1 - y) * np.log(1 - mu))
    g = X.T @ (mu - y)
    H = X.T @ (X * (mu * (1 - mu))[:, None])
    beta = beta - np.linalg.solve(H, g)
    print(i, nll)
