# crash: a covariance of the samples
# expression: diff @ inv
# says: rowvar=False|X\.T
import numpy as np

rng = np.random.default_rng(15)
X = rng.normal(size=(50, 3))
inv = np.linalg.pinv(np.cov(X))
diff = X - X.mean(axis=0)
d2 = np.sum(diff @ inv * diff, axis=1)  # GL106
print(np.where(d2 > 7.8)[0])
