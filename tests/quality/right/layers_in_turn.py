# right: the output layer learns in even rounds, the hidden one in odd ones, sample after sample
import numpy as np

rng = np.random.default_rng(31)
grain = rng.normal(size=(7, 4))
moist = rng.uniform(size=(7, 1))
inner = rng.normal(size=(4, 5))
outer = rng.normal(size=(5, 1))


def squash(v):
    return 1 / (1 + np.exp(-v))


for sweep in range(24):
    for row, goal in zip(grain, moist):
        mid = squash(row @ inner)
        got = squash(mid @ outer)
        slope = (got - goal) * got * (1 - got)
        if sweep % 2 == 0:
            outer -= 0.5 * np.outer(mid, slope)
        else:
            back = (slope @ outer.T) * mid * (1 - mid)
            inner -= 0.5 * np.outer(row, back)
print(squash(squash(grain @ inner) @ outer).ravel())
