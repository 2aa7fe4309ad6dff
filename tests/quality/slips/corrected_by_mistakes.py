# A perceptron whose offset goes the other way.
import numpy as np

rng = np.random.default_rng(42)
marks = np.r_[rng.normal(size=(12, 3)) + 1, rng.normal(size=(12, 3)) - 1]
kinds = np.r_[np.ones(12), -np.ones(12)]
slope, height = np.zeros(3), 0.0
for sweep in range(8):
    errors = 0
    for mark, kind in zip(marks, kinds):
        if kind * (mark @ slope + height) <= 0:
            slope += 0.5 * kind * mark
            height -= 0.5 * kind  # GL205
            errors += 1
    print(sweep, errors)
