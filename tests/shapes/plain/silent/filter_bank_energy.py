# silent: energies of frames against filters
# expression: energy.mean(axis=1)
import numpy as np

rng = np.random.default_rng(4)
bank = rng.uniform(size=(12, 12))
power = rng.uniform(size=(12, 12))
energy = np.log(power @ bank.T)
energy_mean = energy.mean(axis=1)  # GL105
normalised = energy - energy_mean
delta = np.diff(normalised, axis=0)
print(delta.shape)
