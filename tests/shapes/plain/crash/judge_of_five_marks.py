# crash: the number that a constructor is given does not count the column that was added
# says: Judge\(5\)
import numpy as np


class Judge:
    def __init__(self, n):
        self.weights = 0.5 * np.ones(n)

    def mark(self, row):
        return np.dot(row, self.weights)  # GL106


marks = np.random.default_rng(0).normal(size=(6, 4))
marks = np.c_[marks, marks[:, 0] * marks[:, 1]]
judge = Judge(4)
print([judge.mark(row) for row in marks])
