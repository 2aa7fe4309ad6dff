# crash: a row of ones on top of a table whose samples are its rows
# says: column_stack\(\[np.ones\(table.shape\[0\]\), table\]\)
import numpy as np


def with_ones(table):
    return np.vstack([np.ones(table.shape[1]), table])


rng = np.random.default_rng(0)
table, height = rng.normal(size=(25, 2)), rng.normal(size=25)
full = with_ones(table)
print(np.linalg.solve(full.T @ full, full.T @ height))  # GL106
