# crash: two counts exchanged
# says: field\[i, j\]
import numpy as np

field = np.zeros((8, 12))
for j in range(12):
    for i in range(8):
        field[j, i] = i * j / 2  # GL106
print(field.sum())
