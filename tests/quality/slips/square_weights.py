# Two hidden layers of the same width: the missing transpose cannot be seen from the shapes.
import numpy as np


class Layer:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(0, 0.6, (n_out, n_in))
        self.b = np.zeros((n_out, 1))


rng = np.random.default_rng(7)
X = rng.uniform(-1, 1, (2, 40))
Y = X[:1] ** 2 - X[1:] ** 2
l1, l2, l3 = Layer(2, 8, rng), Layer(8, 8, rng), Layer(8, 1, rng)
m = X.shape[1]

for epoch in range(2000):
    A1 = np.tanh(l1.W.dot(X) + l1.b)
    A2 = np.tanh(l2.W.dot(A1) + l2.b)
    A3 = l3.W.dot(A2) + l3.b
    loss = np.sum((A3 - Y) ** 2) / (2 * m)

    d3 = (A3 - Y) / m
    d2 = l3.W.T.dot(d3) * (1 - A2 ** 2)
    d1 = l2.W.dot(d2) * (1 - A1 ** 2)  # GL305

    l3.W -= 0.3 * d3.dot(A2.T)
    l3.b -= 0.3 * np.sum(d3, axis=1, keepdims=True)
    l2.W -= 0.3 * d2.dot(A2.T)  # GL308
    l2.b -= 0.3 * np.sum(d2, axis=1, keepdims=True)
    l1.W -= 0.3 * d1.dot(X.T)
    l1.b -= 0.3 * np.sum(d1, axis=1, keepdims=True)
    if epoch % 400 == 0:
        print(epoch, loss)
