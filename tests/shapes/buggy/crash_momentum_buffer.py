# crash: the velocity was made with the shape of the transposed weights
# expression: V1 += 0.1 * dW1
import numpy as np

np.random.seed(89)
X = np.random.randn(8, 3)
Y = np.random.randn(8, 2)
W1 = np.random.randn(3, 2) * 0.3
V1 = np.zeros((2, 3))

for epoch in range(10):
    out = X @ W1
    loss = 0.5 * np.sum((out - Y) ** 2)
    dW1 = X.T @ (out - Y)
    V1 *= 0.9
    V1 += 0.1 * dW1  # GL106
    W1 -= 0.1 * V1
