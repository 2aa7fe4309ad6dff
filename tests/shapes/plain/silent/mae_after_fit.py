import numpy as np
from scipy.optimize import least_squares

rng = np.random.default_rng(0)
t = np.linspace(0, 4, 18)
seen = (3 + rng.normal(size=18)).cumsum()[:, None]
found = least_squares(lambda q: q[0] * np.exp(-q[1] * t) - seen[:, 0], np.array([1.0, 1.0])).x
model = found[0] * np.exp(-found[1] * t)
print(np.abs(model - seen).mean())  # GL102
