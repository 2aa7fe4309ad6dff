# right: neighbours by rolling, a rule by comparing
import numpy as np

rng = np.random.default_rng(12)
world = rng.integers(0, 2, size=(20, 20))
for _ in range(10):
    around = sum(
        np.roll(world, (i, j), axis=(0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)
    )
    world = ((around == 3) | ((world == 1) & (around == 2))).astype(int)
print(world.sum())
