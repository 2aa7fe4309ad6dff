# right: columns sum to 1
import numpy as np

links = np.array([[0, 1, 1, 0], [1, 0, 0, 1], [0, 1, 0, 1], [1, 1, 1, 0]], dtype=float)
M = links / links.sum(axis=0)
rank = np.ones(4) / 4
for _ in range(50):
    rank = 0.85 * M @ rank + 0.15 / 4
print(rank, rank.sum())
