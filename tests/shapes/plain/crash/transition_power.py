# crash: states in the wrong place
# expression: P @ history
# says: history\.T|history\[-1\]
import numpy as np

rng = np.random.default_rng(11)
P = rng.dirichlet(np.ones(4), size=4)
pi = np.ones(4) / 4
history = [pi]
for _ in range(9):
    history.append(history[-1] @ P)
history = np.array(history)
expected = P @ history  # GL106
print(expected.shape)
