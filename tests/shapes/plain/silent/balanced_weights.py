import numpy as np

rng = np.random.default_rng(0)
weight = rng.random(16)
value = rng.normal(size=(16, 1))
mean = np.sum(weight * value) / weight.sum()  # GL102
print(mean)
