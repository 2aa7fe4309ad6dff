import numpy as np

rng = np.random.default_rng(0)
good, bad = rng.normal(1, 1, size=30), rng.normal(0, 1, size=30)
auc = (good[:, None] > bad).mean()
print(auc)
