# crash: distances without the axis of coordinates
# expression: diff / dist ** 3
# says: \[:, :, None\]|\[\.\.\., None\]|keepdims
import numpy as np

rng = np.random.default_rng(8)
pos, vel = rng.normal(size=(6, 3)), np.zeros((6, 3))
for _ in range(10):
    diff = pos[None, :, :] - pos[:, None, :]
    dist = np.sqrt((diff ** 2).sum(axis=-1) + 0.01)
    acc = np.sum(diff / dist ** 3, axis=1)  # GL106
    vel += 0.01 * acc
    pos += 0.01 * vel
print(pos)
