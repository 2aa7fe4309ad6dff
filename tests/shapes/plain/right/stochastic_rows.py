import numpy as np

rng = np.random.default_rng(0)
flights = rng.poisson(9, size=(6, 6)).astype(float)
np.fill_diagonal(flights, 0)
P = flights / flights.sum(axis=1)[:, None]
print(np.linalg.matrix_power(P, 50)[0].round(3))
