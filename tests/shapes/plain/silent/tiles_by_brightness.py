# silent: a mean of each tile, laid out along the colours
# expression: tiles.mean(axis=(1, 2, 3))
import numpy as np

rng = np.random.default_rng(0)
tiles = rng.random((3, 3, 8, 8))
grey = tiles.mean(axis=(1, 2, 3))  # GL105
even = tiles - grey.reshape(1, 3, 1, 1)
print(even.mean(axis=(0, 2, 3)))
