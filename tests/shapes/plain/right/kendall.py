# right: signs of all pairs
import numpy as np

rng = np.random.default_rng(5)
x = rng.normal(size=15)
y = x + rng.normal(size=15)
sx, sy = np.sign(x[:, None] - x), np.sign(y[:, None] - y)
tau = (sx * sy).sum() / (15 * 14)
print(tau)
