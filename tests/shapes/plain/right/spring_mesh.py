# right: forces of a chain, states that move by themselves
import numpy as np

n = 12
x, v = np.linspace(0, 1, n), np.zeros(n)
x[5] += 0.05
rest, k, dt = 1 / (n - 1), 40.0, 0.01
for _ in range(300):
    stretch = np.diff(x) - rest
    force = np.zeros(n)
    force[:-1] += k * stretch
    force[1:] -= k * stretch
    v = v + dt * force
    v[[0, -1]] = 0
    x = x + dt * v
print(x)
