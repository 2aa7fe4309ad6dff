import numpy as np

rng = np.random.default_rng(0)
angle = rng.uniform(0, 6, size=10)
R = np.stack([np.stack([np.cos(angle), -np.sin(angle)], -1), np.stack([np.sin(angle), np.cos(angle)], -1)], -2)
points = rng.normal(size=(10, 2))
turned = np.einsum("nij,nj->ni", R, points)
back = (np.swapaxes(R, 1, 2) @ turned[..., None])[..., 0]
print(np.allclose(back, points))
