import numpy as np

rng = np.random.default_rng(0)
moves = np.zeros((5, 5))
path = rng.integers(0, 5, size=200)
for a, b in zip(path, path[1:]):
    moves[a, b] += 1
chance = moves / moves.sum(axis=1)  # GL105
print(chance.sum(axis=1))
