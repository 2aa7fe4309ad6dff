# crash: the parts of a split are given in another order
# says: seen, left, height, rest
import numpy as np


def split(table, values, part):
    n = int(part * len(table))
    return table[:n], table[n:], values[:n], values[n:]


table = np.random.default_rng(0).random((30, 2))
seen, height, left, rest = split(table, table.sum(axis=1), 0.6)
slope = np.linalg.lstsq(seen, height, rcond=None)[0]  # GL106
print(left @ slope - rest)
