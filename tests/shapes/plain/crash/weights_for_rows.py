# says: weight\[:, None\]
import numpy as np

rng = np.random.default_rng(0)
table, weight = rng.normal(size=(40, 3)), rng.random(40)
total = (table * weight).sum(axis=0)  # GL106
