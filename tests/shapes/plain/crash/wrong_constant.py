# says: 784|728
import numpy as np

rng = np.random.default_rng(0)
pixels = rng.random((10, 784))
centre = np.zeros((728, 3))
near = pixels @ centre  # GL106
