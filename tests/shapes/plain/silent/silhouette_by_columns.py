import numpy as np

rng = np.random.default_rng(0)
far = rng.random((7, 7)) + 1
far = far / far.max(axis=1)  # GL105
print(far.max(axis=1))
