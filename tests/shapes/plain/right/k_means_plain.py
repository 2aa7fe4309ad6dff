import numpy as np

rng = np.random.default_rng(0)
points = np.vstack([rng.normal(c, 0.3, size=(20, 2)) for c in (0, 2, 5)])
centres = points[[0, 25, 45]]
for _ in range(10):
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    near = far.argmin(axis=1)
    centres = np.array([points[near == j].mean(axis=0) for j in range(3)])
print(centres.round(2))
