import numpy as np

rng = np.random.default_rng(0)
fund = rng.normal(0.01, 0.02, size=(36, 1))
index = rng.normal(0.01, 0.02, size=36)
error = np.std(fund - index)  # GL102
print(error)
