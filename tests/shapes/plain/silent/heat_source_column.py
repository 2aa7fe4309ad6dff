# silent: a source as a column
# expression: lap + source
import numpy as np

nx, dt, dx = 41, 1e-4, 1 / 40
x = np.linspace(0, 1, nx).reshape(nx, 1)
source = 10 * np.exp(-100 * (x - 0.5) ** 2)
u = np.zeros(nx)
for n in range(200):
    lap = (np.roll(u, -1) - 2 * u + np.roll(u, 1)) / dx ** 2
    u = u + dt * (lap + source)  # GL102
print(u.max())
