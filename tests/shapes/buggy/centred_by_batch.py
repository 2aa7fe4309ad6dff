# silent: np.mean without axis centres every sample by the whole batch
# expression: np.mean(z)
# fixed: mu = np.mean(z, axis=1, keepdims=True)
import numpy as np

rng = np.random.default_rng(40)
X = rng.normal(size=(7, 3))
T = rng.normal(size=(7, 5))
W = rng.normal(size=(3, 5))

for step in range(30):
    z = X @ W
    mu = np.mean(z)  # GL407
    zn = z - mu
    out = np.tanh(zn)
    loss = 0.5 * np.sum((out - T) ** 2)
    dzn = (out - T) * (1 - out ** 2)
    dz = dzn - dzn.mean(axis=1, keepdims=True)  # also GL309
    W -= 0.05 * X.T @ dz
