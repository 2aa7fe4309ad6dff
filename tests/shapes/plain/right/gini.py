# right: differences of all pairs
import numpy as np

rng = np.random.default_rng(1)
income = rng.lognormal(size=50)
column = income.reshape(-1, 1)
gini = np.abs(column - income).mean() / (2 * income.mean())
print(gini)
