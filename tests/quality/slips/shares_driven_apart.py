# A divergence of shares from those that were counted, and the updates make it larger.
import numpy as np

rng = np.random.default_rng(5)
P = rng.dirichlet(np.ones(4), size=10)
X = rng.normal(size=(10, 3))
V = rng.normal(size=(3, 4)) * 0.1
for i in range(60):
    s = X @ V
    Q = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    apart = (P * np.log(P / Q)).sum() / 10
    V -= 0.5 * X.T @ (P - Q) / 10  # GL205
    print(apart)
