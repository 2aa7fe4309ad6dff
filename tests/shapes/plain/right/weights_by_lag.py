import numpy as np

rng = np.random.default_rng(0)
returns = rng.normal(size=(90, 3))
decay = 0.94 ** np.arange(90)[::-1]
decay /= decay.sum()
cov = (returns * decay[:, None]).T @ returns
print(np.sqrt(np.diag(cov)))
