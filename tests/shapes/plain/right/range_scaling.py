import numpy as np

rng = np.random.default_rng(4)


def to_unit(v):
    return (v - v.min()) / (v.max() - v.min())


heights = rng.normal(170.0, 9.0, size=(40, 2))
heights = to_unit(heights)
weights = rng.normal(70.0, 9.0, size=40)
weights -= weights.mean()
weights /= weights.std()
print(np.mean(heights), np.max(weights))
