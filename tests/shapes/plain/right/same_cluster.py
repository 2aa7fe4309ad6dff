# right: a label vector against itself
import numpy as np

labels = np.array([0, 1, 1, 2, 0, 2, 2])
guess = np.array([1, 1, 0, 2, 1, 2, 2])
same = labels == labels[:, None]
together = guess == guess[:, None]
upper = np.triu(np.ones((7, 7), dtype=bool), 1)
rand_index = (same == together)[upper].mean()
print(rand_index)
