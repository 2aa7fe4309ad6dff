# crash: a transpose of all three axes
# says: keys.swapaxes\(-1, -2\)
import numpy as np

rng = np.random.default_rng(0)
queries, keys = rng.normal(size=(2, 4, 6)), rng.normal(size=(2, 5, 6))
print((queries @ keys.T).argmax(axis=-1))  # GL106
