# crash: a batch one row too long
# expression: batch[:]
# says: start \+ 8|31|8
import numpy as np

rng = np.random.default_rng(11)
data = rng.normal(size=(40, 5))
batch = np.zeros((8, 5))
for start in range(0, 40, 8):
    batch[:] = data[start : start + 9]  # GL106
    print(batch.mean(axis=0))
