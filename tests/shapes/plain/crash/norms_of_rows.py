# says: keepdims=True|\[:, None\]
import numpy as np

rng = np.random.default_rng(0)
words = rng.normal(size=(30, 8))
size = np.sqrt((words ** 2).sum(axis=1))
unit = words / size  # GL106
