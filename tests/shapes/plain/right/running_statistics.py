# right: Welford's mean and covariance
import numpy as np

rng = np.random.default_rng(16)
mean, M = np.zeros(3), np.zeros((3, 3))
for n, x in enumerate(rng.normal(size=(50, 3)), start=1):
    delta = x - mean
    mean = mean + delta / n
    M = M + delta[:, None] * (x - mean)
print(mean, M / 49)
