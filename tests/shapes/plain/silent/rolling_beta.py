# silent: returns minus means of days
# expression: R.mean(axis=1)
import numpy as np

rng = np.random.default_rng(5)
market = rng.normal(size=(24, 1))
R = market @ rng.uniform(0.5, 1.5, size=(1, 24)) + 0.1 * rng.normal(size=(24, 24))
D = R - R.mean(axis=1)  # GL105
beta = D.T @ (market - market.mean()) / ((market - market.mean()) ** 2).sum()
print(beta.ravel())
