# crash: two statistics of the rows, each with a name
# says: axis=0.*keepdims=True
import numpy as np

table = np.random.default_rng(0).random((40, 3))
least = table.min(axis=1)
most = table.max(axis=1)
scaled = (table - least) / (most - least)  # GL106
print(scaled.max(axis=0))
