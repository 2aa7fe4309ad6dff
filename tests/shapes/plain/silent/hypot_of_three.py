import numpy as np

rng = np.random.default_rng(0)
dx, dy, dz = rng.normal(size=(3, 12))
north, east, up = dx * 1.0, dy * 1.0, dz * 1.0
speed = np.hypot(north, east, up)  # GL107
print(speed.mean())
