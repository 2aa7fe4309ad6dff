# says: \[:-1\]|\[1:\]
import numpy as np

rng = np.random.default_rng(0)
price = np.cumsum(rng.random(30)) + 10
growth = (price[1:] - price) / price[:-1]  # GL106
