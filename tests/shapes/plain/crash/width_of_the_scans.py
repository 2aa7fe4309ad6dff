# crash: a default length with two digits exchanged
# says: `n_pixels=256`
import numpy as np


class Reader:
    def __init__(self, n_pixels=265, n_kinds=4):
        rng = np.random.default_rng(1)
        self.table = rng.normal(size=(n_pixels, n_kinds))

    def scores(self, scans):
        return scans @ self.table  # GL106


scans = np.random.default_rng(0).random((12, 16, 16))
print(Reader().scores(scans.reshape(12, -1)).argmax(axis=1))
