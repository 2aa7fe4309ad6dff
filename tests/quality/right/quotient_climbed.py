# right: a quotient of two spreads is climbed, and its value is used once more in its derivative
import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(100, 4)) @ np.diag([3, 2, 1, 0.5])
spread = X.T @ X / 100
v = rng.normal(size=4)
for it in range(60):
    J = v @ spread @ v / (v @ v)
    v = v + 0.05 * 2 * (spread @ v - J * v) / (v @ v)
print(J, v / np.linalg.norm(v))
