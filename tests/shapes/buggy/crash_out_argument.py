# crash: np.dot with the bias as third argument, which is out=
# expression: np.dot(X, W, b)
# fixed: z = np.dot(X, W) + b
import numpy as np

np.random.seed(84)
X = np.random.randn(9, 4)
Y = np.random.randn(9, 3)
W = np.random.randn(4, 3) * 0.2
b = np.zeros(3)

for epoch in range(10):
    z = np.dot(X, W, b)  # GL107, GL106
    a = np.tanh(z)
    loss = np.mean(np.sum((a - Y) ** 2, axis=1))
    dz = 2 * (a - Y) * (1 - a ** 2) / 9
    W -= 0.1 * np.dot(X.T, dz)
    b -= 0.1 * dz.sum(axis=0)
