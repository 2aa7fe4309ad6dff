import numpy as np

rng = np.random.default_rng(0)
far = rng.random((25, 5))
home = rng.integers(0, 5, size=25)
hits = np.sum(home == far.argmin())  # GL105
print(hits / 25)
