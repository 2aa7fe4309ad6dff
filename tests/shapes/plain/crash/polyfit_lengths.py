# says:
import numpy as np

rng = np.random.default_rng(0)
year = np.arange(2000, 2012); level = rng.random(11)
slope = np.polyfit(year, level, 1)  # GL106
