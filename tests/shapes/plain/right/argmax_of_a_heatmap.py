import numpy as np

rng = np.random.default_rng(0)
heat = rng.random((9, 9))
row, column = np.unravel_index(np.argmax(heat), heat.shape)
print(heat[row, column] == heat.max())
