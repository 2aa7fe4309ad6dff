# crash: one-hot rows for the classes that happen to be there
# says: np.eye\(5\)
import numpy as np


def marks(kinds):
    return np.eye(kinds.max() + 1)[kinds]


rng = np.random.default_rng(0)
kinds = np.array([0, 2, 1, 3, 3, 0])
shares = rng.dirichlet(np.ones(5), size=6)
print(((shares - marks(kinds)) ** 2).sum(axis=1))  # GL106
