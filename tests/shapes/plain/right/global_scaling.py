import numpy as np

rng = np.random.default_rng(0)
image = rng.integers(0, 255, size=(16, 16)).astype(float)
image = (image - image.mean()) / image.std()
print(image.min(), image.max())
