# crash: the nearest of each column, not of each row
# says: argmin\(far, axis=1\)
import numpy as np

rng = np.random.default_rng(0)
houses, stations = rng.random((60, 2)), rng.random((4, 2))
far = np.sqrt(((houses[:, None] - stations) ** 2).sum(axis=2))
own = np.argmin(far, axis=0)
for k in range(4):
    print(houses[own == k].mean(axis=0))  # GL106
