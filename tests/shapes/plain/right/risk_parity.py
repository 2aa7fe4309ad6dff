# right: contributions are products of two products
import numpy as np

rng = np.random.default_rng(8)
C = np.cov(rng.normal(size=(4, 200)))
w = np.ones(4) / 4
for _ in range(40):
    contribution = w * (C @ w)
    w = w * (contribution.mean() / contribution) ** 0.3
    w = w / w.sum()
print(w, w @ C @ w)
