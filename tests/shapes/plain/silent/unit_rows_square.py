import numpy as np

rng = np.random.default_rng(0)
vectors = rng.normal(size=(5, 5))
length = np.linalg.norm(vectors, axis=1)  # GL105
unit = vectors / length
print((unit ** 2).sum(axis=1))
