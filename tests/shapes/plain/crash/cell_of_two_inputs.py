# crash: weights for one of two inputs that are put on top of each other
# says: n_seen \+ n_kept
import numpy as np


class Cell:
    def __init__(self, n_seen, n_kept):
        rng = np.random.default_rng(1)
        self.mix = rng.normal(size=(2 * n_kept, n_seen)) * 0.3
        self.shift = np.zeros((2 * n_kept, 1))

    def step(self, seen, kept):
        both = np.concatenate([seen, kept])
        gate, fresh = np.split(self.mix @ both + self.shift, 2)  # GL106
        return kept + np.tanh(gate) * fresh


cell, kept = Cell(5, 3), np.zeros((3, 1))
for seen in np.random.default_rng(0).normal(size=(4, 5, 1)):
    kept = cell.step(seen, kept)
print(kept)
