import numpy as np

rng = np.random.default_rng(0)
mass = rng.random(11); speed = rng.random((11, 1))
energy = np.zeros((2, 11))
energy[0] = mass
power = 0.5 * mass * speed ** 2  # GL102
energy[1] = power
