# silent: the delta is subtracted from the weights, batch = hidden = 4 lets it fit
# expression: weight2 - rate * d_out
# fixed: weight2 = weight2 - rate * layer1.T @ d_out
import numpy as np

np.random.seed(14)


def sig(t):
    return 1.0 / (1.0 + np.exp(-t))


x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
weight1 = np.random.randn(3, 4)
weight2 = np.random.randn(4, 1)
rate = 0.5

for epoch in range(100):
    layer1 = sig(x @ weight1)
    output = sig(layer1 @ weight2)
    loss = 0.5 * np.sum((output - y) ** 2)
    d_out = (output - y) * output * (1 - output)
    d_hid = d_out @ weight2.T * layer1 * (1 - layer1)
    weight2 = weight2 - rate * d_out  # GL310, GL104
    weight1 = weight1 - rate * x.T @ d_hid
