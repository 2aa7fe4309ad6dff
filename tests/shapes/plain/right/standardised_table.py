import numpy as np

rng = np.random.default_rng(0)
table = rng.normal(3, 2, size=(4, 4))
z = (table - table.mean(axis=0)) / table.std(axis=0)
print(z.mean(axis=0).round(6), z.std(axis=0))
