import numpy as np

rng = np.random.default_rng(0)
price, amount = rng.random(7), rng.integers(1, 9, size=7)
table = np.multiply.outer(price, amount)
print(table.trace() == (price * amount).sum(), table.sum())
