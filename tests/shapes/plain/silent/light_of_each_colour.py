# silent: photos cut into pieces of several colours each
# expression: photos.reshape(6, 3, 20 * 16)
import numpy as np

photos = np.random.default_rng(0).random((6, 20, 16, 3)) * [1.0, 0.5, 0.2]
colours = photos.reshape(6, 3, 20 * 16)  # GL407
print(colours.mean(axis=(0, 2)))
