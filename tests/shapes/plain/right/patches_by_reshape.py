import numpy as np

rng = np.random.default_rng(0)
picture = rng.random((8, 8))
blocks = picture.reshape(4, 2, 4, 2).mean(axis=(1, 3))
print(blocks.shape, np.isclose(blocks.mean(), picture.mean()))
