"""Two layers, four samples, written next to the textbook's formulas.

The textbook says w = w - lr * dC/dw, so why does the working code say plus, and multiply by the
previous layer once more? Because delta is y - a (minus the derivative) and what is called
dC_dw2 here is really the derivative with respect to z2. What changed: the update lines.
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
    weight2 = weight2 + lr * np.dot(a1.T, dC_dw2)
    weight1 = weight1 + lr * np.dot(a0.T, dC_dw1)

print("lamp should be", y.ravel())
print("network says  ", a2.ravel().round(3))
