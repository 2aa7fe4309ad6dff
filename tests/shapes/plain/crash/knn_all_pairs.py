# crash: test rows against training rows
# expression: test - train
# says: test\[:, None
import numpy as np

rng = np.random.default_rng(6)
train, test = rng.normal(size=(60, 4)), rng.normal(size=(15, 4))
labels = rng.integers(0, 3, 60)
dist = np.linalg.norm(test - train, axis=-1)  # GL106
nearest = np.argsort(dist, axis=1)[:, :5]
votes = labels[nearest]
print([np.bincount(v).argmax() for v in votes])
