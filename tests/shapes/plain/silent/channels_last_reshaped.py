# silent: a reshape where a transpose is meant
# expression: images.reshape(n, 12, 12, 3)
import numpy as np

rng = np.random.default_rng(6)
n = 10
images = rng.uniform(size=(n, 3, 12, 12))
images[:, 0] += 1.0
pictures = images.reshape(n, 12, 12, 3)  # GL407
grey = pictures @ np.array([0.299, 0.587, 0.114])
edges = np.abs(grey[:, :, 1:] - grey[:, :, :-1])
print(grey.shape, edges.mean())
