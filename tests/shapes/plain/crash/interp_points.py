# says:
import numpy as np

rng = np.random.default_rng(0)
depth = np.linspace(0, 9, 10); salt = rng.random(9)
print(np.interp(4.5, depth, salt))  # GL106
