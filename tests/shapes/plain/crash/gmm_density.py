# crash: deviations without the axis of components
# expression: diff / sigma
# says: sigma\[:, None\]|sigma\[None|keepdims
import numpy as np

rng = np.random.default_rng(7)
X = rng.normal(size=(60, 2))
mu = rng.normal(size=(3, 2))
sigma = np.array([0.5, 1.0, 2.0])
diff = X[:, None, :] - mu[None, :, :]
z = diff / sigma  # GL106
density = np.exp(-0.5 * (z ** 2).sum(axis=-1))
print(density.argmax(axis=1))
