# right: members against members, and against one observation each
import numpy as np

rng = np.random.default_rng(8)
members = rng.normal(size=(12, 12))
observed = rng.normal(size=12)
first = np.abs(members - observed[:, None]).mean(axis=1)
second = np.abs(members[:, :, None] - members[:, None, :]).mean(axis=(1, 2))
print("CRPS", np.mean(first - 0.5 * second))
