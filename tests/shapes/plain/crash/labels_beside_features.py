# crash: a flat column
# expression: np.concatenate([X, y], axis=1)
# says: y\[:, None\]|y\.reshape\(-1, 1\)|column_stack
import numpy as np

rng = np.random.default_rng(12)
X = rng.normal(size=(25, 3))
y = rng.integers(0, 2, size=25)
table = np.concatenate([X, y], axis=1)  # GL106
rng.shuffle(table)
train, test = table[:20], table[20:]
print(train.shape, test.shape)
