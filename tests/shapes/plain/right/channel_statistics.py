# right: one mean for each colour of all pictures
import numpy as np

rng = np.random.default_rng(9)
images = rng.uniform(0, 255, size=(8, 16, 16, 3))
mean = images.mean(axis=(0, 1, 2))
std = images.std(axis=(0, 1, 2))
scaled = (images - mean) / std
flat = scaled.reshape(len(images), -1)
grey = images.mean()
print(flat.shape, grey, (images > grey).mean())
