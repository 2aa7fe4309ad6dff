import numpy as np

photos = np.random.default_rng(0).random((6, 20, 16, 3)) * [1.0, 0.5, 0.2]
print(photos.reshape(6, 20 * 16, 3).mean(axis=1), photos.reshape(6, -1).max(axis=1))
print(photos.transpose(0, 3, 1, 2).reshape(6, 3, 20 * 16).mean(axis=(0, 2)))
bands = photos[:, :18].reshape(6, 3, 6 * 16 * 3)
print(bands.mean(axis=2))
