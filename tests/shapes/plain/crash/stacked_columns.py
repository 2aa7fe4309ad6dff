# crash: columns stacked as rows
# expression: np.vstack([x, y]) @ weights
# says: column_stack|\.T
import numpy as np

rng = np.random.default_rng(9)
x, y = rng.normal(size=15), rng.normal(size=15)
weights = np.array([0.7, 0.3])
mixed = np.vstack([x, y]) @ weights  # GL106
print(mixed)
