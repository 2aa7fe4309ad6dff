"""Two layers, four samples, written next to the textbook's formulas.

The textbook says w = w - lr * dC/dw, and I have a dC_dw2 and a dC_dw1, so that is what I
wrote. The first update even runs: (4, 1) minus (4, 1). The second one does not.
"""
import numpy as np

np.random.seed(4)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def slope(a):
    # a is already sigmoid(z)
    return a * (1 - a)


# the lamp is on when the two switches (columns 1 and 2) differ; column 0 is the constant input
x = np.array([[1, 0, 0], [1, 1, 1], [1, 0, 1], [1, 1, 0]])
y = np.array([[0], [0], [1], [1]])

lr = 1
hidden = 4
weight1 = np.random.random((3, hidden)) * 2 - 1
weight2 = np.random.random((hidden, 1)) * 2 - 1

for step in range(20000):
    # forward pass
    a0 = x
    z1 = a0 @ weight1
    a1 = sigmoid(z1)
    z2 = a1 @ weight2
    a2 = sigmoid(z2)

    # backward pass
    delta2 = y - a2
    dC_dw2 = delta2 * slope(a2)
    dC_dw1 = np.multiply(dC_dw2, weight2.T) * slope(a1)

    # gradient descent
    weight2 = weight2 - lr * dC_dw2  # GL310 GL104 GL205
    weight1 = weight1 - lr * dC_dw1  # GL106

print("lamp should be", y.ravel())
print("network says  ", a2.ravel().round(3))
