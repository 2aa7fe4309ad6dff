# silent: distances lined up with the coordinates
# expression: (diff ** 2).sum(axis=2)
import numpy as np


class System:
    def __init__(self, pos, vel, mass):
        self.pos, self.vel, self.mass = pos, vel, mass

    def accelerations(self):
        diff = self.pos[None, :, :] - self.pos[:, None, :]
        dist = np.sqrt((diff ** 2).sum(axis=2) + 1e-3)  # GL105
        return (self.mass[None, :, None] * diff / dist ** 3).sum(axis=1)

    def step(self, dt):
        self.vel = self.vel + dt * self.accelerations()
        self.pos = self.pos + dt * self.vel


rng = np.random.default_rng(0)
system = System(rng.normal(size=(3, 3)), np.zeros((3, 3)), np.array([1.0, 0.1, 0.1]))
for _ in range(50):
    system.step(0.01)
print(system.pos)
