# says: axis=1
import numpy as np

rng = np.random.default_rng(0)
ones, X = np.ones((12, 1)), rng.normal(size=(12, 4))
design = np.concatenate([ones, X])  # GL106
