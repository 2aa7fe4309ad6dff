# crash: one long expression over three lines, the second product raises
# expression: W2 @ (A2 - Y)
# fixed: (W2.T @ (A2 - Y))
import numpy as np

np.random.seed(88)
m = 9
X = np.random.rand(3, m)
Y = np.random.rand(2, m)
W1 = np.random.randn(5, 3)
W2 = np.random.randn(2, 5)

for i in range(10):
    A1 = 1 / (1 + np.exp(-W1 @ X))
    A2 = W2 @ A1
    cost = 0.5 * np.sum((A2 - Y) ** 2)
    dW2 = (A2 - Y) @ A1.T
    dW1 = np.dot(
        (W2 @ (A2 - Y))  # GL106
        * A1 * (1 - A1),
        X.T,
    )
    W1 -= 0.05 * dW1
    W2 -= 0.05 * dW2
