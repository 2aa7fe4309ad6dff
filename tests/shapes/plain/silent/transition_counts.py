# silent: row sums without keepdims
# expression: counts.sum(axis=1)
import numpy as np

rng = np.random.default_rng(11)
states = rng.integers(0, 4, size=300)
counts = np.zeros((4, 4))
for a, b in zip(states[:-1], states[1:]):
    counts[a, b] += 1
P = counts / counts.sum(axis=1)  # GL105
pi = np.ones(4) / 4
for _ in range(100):
    pi = pi @ P
print(pi)
