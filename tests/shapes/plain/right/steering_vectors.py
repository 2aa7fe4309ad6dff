# right: sensors against angles, snapshots against sensors
import numpy as np

rng = np.random.default_rng(10)
sensors, snapshots = 8, 64
angles = np.linspace(-90, 90, 181)
steer = np.exp(1j * np.pi * np.arange(sensors)[:, None] * np.sin(np.deg2rad(angles)))
source = np.exp(1j * np.pi * np.arange(sensors) * np.sin(np.deg2rad(20)))
x = source[:, None] * rng.normal(size=snapshots) + 0.1 * rng.normal(size=(sensors, snapshots))
R = x @ x.conj().T / snapshots
power = np.real(np.sum(steer.conj() * (R @ steer), axis=0))
print(angles[np.argmax(power)])
