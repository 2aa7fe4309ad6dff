# crash: classes from 1 in a table from 0
# expression: table[a - 1, b]
# says: b - 1
import numpy as np

truth = np.array([1, 2, 3, 3, 2, 1])
guess = np.array([1, 3, 3, 2, 2, 1])
table = np.zeros((3, 3), dtype=int)
for a, b in zip(truth, guess):
    table[a - 1, b] += 1  # GL106
print(table)
