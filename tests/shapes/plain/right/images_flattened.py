import numpy as np

rng = np.random.default_rng(0)
photos = rng.random((12, 4, 3))
rows = photos.reshape(12, -1)
columns = rows.T
again = columns.T.reshape(12, 4, 3)
print(np.array_equal(again, photos))
