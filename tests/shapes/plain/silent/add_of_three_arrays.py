import numpy as np

rng = np.random.default_rng(0)
rain, snow, hail = rng.random(10), rng.random(10), rng.random(10)
water = np.add(rain, snow * 0.1, hail)  # GL107
print(water.sum())
