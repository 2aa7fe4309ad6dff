# right: planets and a sun, coordinates by twos
import numpy as np

m = np.array([1.0, 1e-3])
pos = np.array([[0.0, 0.0], [1.0, 0.0]])
vel = np.array([[0.0, 0.0], [0.0, 1.0]])


def force(pos):
    d = pos[None] - pos[:, None]
    r = np.sqrt((d**2).sum(-1) + 1e-6)[..., None]
    return (m[None, :, None] * d / r**3).sum(1)


dt = 0.01
for _ in range(200):
    vel = vel + 0.5 * dt * force(pos)
    pos = pos + dt * vel
    vel = vel + 0.5 * dt * force(pos)
print(pos, 0.5 * (m[:, None] * vel**2).sum())
