# crash: a kernel the other way round
# expression: K_s @ alpha
# says: K_s\.T
import numpy as np


def rbf(a, b):
    return np.exp(-0.5 * (a[:, None] - b[None, :]) ** 2)


x = np.linspace(0, 5, 12)
y = np.cos(x)
x_new = np.linspace(0, 5, 50)
K = rbf(x, x) + 1e-3 * np.eye(12)
K_s = rbf(x, x_new)
alpha = np.linalg.solve(K, y)
mean = K_s @ alpha  # GL106
var = 1 - np.sum(K_s * np.linalg.solve(K, K_s), axis=0)
print(mean, var)
