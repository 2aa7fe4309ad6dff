import numpy as np

rng = np.random.default_rng(0)
points = rng.normal(size=(50, 3))
middle = points.mean(axis=0)
cov = np.zeros((3, 3))
for p in points:
    d = p - middle
    cov = cov + d @ d  # GL306
print(cov / 50)
