# crash: sum over an axis that is not there
# expression: dZ.sum(axis=2)
# fixed: db = dZ.sum(axis=1, keepdims=True)
import numpy as np

np.random.seed(81)
X = np.random.randn(4, 9)
Y = np.random.randn(2, 9)
W = np.random.randn(2, 4) * 0.3
b = np.zeros((2, 1))

for i in range(10):
    Z = W @ X + b
    cost = 0.5 * np.mean(np.sum((Z - Y) ** 2, axis=0))
    dZ = (Z - Y) / 9
    db = dZ.sum(axis=2)  # GL106
    W -= 0.1 * dZ @ X.T
    b -= 0.1 * db
