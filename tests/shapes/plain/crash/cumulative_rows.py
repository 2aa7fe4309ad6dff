# crash: weights for classes, not rows
# expression: P.sum(axis=1) / prior
# says: axis=0
import numpy as np

rng = np.random.default_rng(8)
P = rng.dirichlet(np.ones(4), size=50)
prior = np.array([0.1, 0.2, 0.3, 0.4])
lift = P.sum(axis=1) / prior  # GL106
print(lift)
