# crash: the mean of the rows; the deviation beside it was not come to
# says: axis=0.*keepdims=True
import numpy as np

table = np.random.default_rng(0).random((40, 3))
mean = table.mean(axis=1)
print(((table - mean) / table.std(axis=1)).max())  # GL106
