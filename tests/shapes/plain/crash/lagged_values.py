# says: \[1:\]|\[:-1\]
import numpy as np

rng = np.random.default_rng(0)
load = rng.random(48)
change = load[2:] - load[:-1]  # GL106
