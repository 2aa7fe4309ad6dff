import numpy as np

u = np.zeros((20, 20)); u[8:12, 8:12] = 1.0
for _ in range(40):
    lap = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
    u[1:-1, 1:-1] = u[1:-1, 1:-1] + 0.2 * lap
print(u.sum())
