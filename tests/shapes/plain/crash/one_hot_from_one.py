# crash: classes counted from 1
# expression: Y[np.arange(len(y)), y]
# says: y - 1
import numpy as np

y = np.array([1, 3, 2, 2, 1, 3, 3])
k = len(np.unique(y))
Y = np.zeros((len(y), k))
Y[np.arange(len(y)), y] = 1  # GL106
print(Y.sum(axis=0))
