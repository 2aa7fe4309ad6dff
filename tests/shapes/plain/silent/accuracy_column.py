import numpy as np

rng = np.random.default_rng(0)
X, label = rng.normal(size=(30, 2)), rng.integers(0, 2, size=(30, 1))
guess = (X[:, 0] > 0).astype(int)
print(np.mean(guess == label))  # GL102
