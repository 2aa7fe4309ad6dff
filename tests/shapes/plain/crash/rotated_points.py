# says: points @ R|R @ points\.T|points\.T
import numpy as np

rng = np.random.default_rng(0)
points = rng.normal(size=(20, 2)); R = np.array([[0.0, -1.0], [1.0, 0.0]])
turned = R @ points  # GL106
