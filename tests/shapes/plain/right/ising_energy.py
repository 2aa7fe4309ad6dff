import numpy as np

rng = np.random.default_rng(0)
spins = rng.choice([-1, 1], size=(10, 10))
energy = -(spins * np.roll(spins, 1, axis=0)).sum() - (spins * np.roll(spins, 1, axis=1)).sum()
print(energy)
