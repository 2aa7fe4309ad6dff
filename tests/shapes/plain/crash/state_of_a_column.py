# crash: an assertion about a state that an outer broadcast made a table
# expression: turn @ state + shift
import numpy as np

rng = np.random.default_rng(0)
turn, shift, state = rng.normal(size=(3, 3)), rng.normal(size=3), np.zeros((3, 1))
for _ in range(4):
    state = np.tanh(turn @ state + shift)  # GL102
assert state.shape == (3, 1)
