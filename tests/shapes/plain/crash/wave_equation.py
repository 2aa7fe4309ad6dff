# crash: a neighbour too many
# expression: u[2:] - 2 * u[1:-1] + u[:-1]
# says: u\[:-2\]
import numpy as np

nx, c = 51, 0.5
x = np.linspace(0, 1, nx)
u = np.exp(-200 * (x - 0.3) ** 2)
u_prev = u.copy()
for step in range(40):
    u_next = u.copy()
    u_next[1:-1] = 2 * u[1:-1] - u_prev[1:-1] + c**2 * (u[2:] - 2 * u[1:-1] + u[:-1])  # GL106
    u_prev, u = u, u_next
print(u)
