import numpy as np

rng = np.random.default_rng(0)
rain = rng.random(size=(28, 1)) < 0.4
chance = rng.random(28)
brier = np.mean((chance - rain) ** 2)  # GL102
print(brier)
