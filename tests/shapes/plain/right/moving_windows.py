import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

rng = np.random.default_rng(0)
temps = rng.normal(15, 5, size=60)
means = sliding_window_view(temps, 7).mean(axis=1)
excess = temps[6:] - means
print(excess.std())
