# Cross-entropy on the label, but the delta is squared error's; the output weights take the inputs for activations.
import numpy as np

np.random.seed(23)


class TwoLayer(object):
    def __init__(self):
        self.weights1 = np.random.rand(4, 4) - 0.5
        self.weights2 = np.random.rand(4, 1) - 0.5

    def feedforward(self, x):
        self.layer1 = 1 / (1 + np.exp(-np.dot(x, self.weights1)))
        self.output = 1 / (1 + np.exp(-np.dot(self.layer1, self.weights2)))
        return self.output

    def backprop(self, x, y):
        delta = (self.output - y) * self.output * (1 - self.output)  # GL312
        d_weights2 = np.dot(x.T, delta)  # GL308
        hidden = np.dot(delta, self.weights2.T) * self.layer1 * (1 - self.layer1)
        d_weights1 = np.dot(x.T, hidden)
        return d_weights1, d_weights2


x = np.random.randint(0, 2, (15, 4)).astype(float)
y = np.logical_xor(x[:, :1], x[:, 1:2]).astype(float)
nn = TwoLayer()
for i in range(3000):
    out = nn.feedforward(x)
    loss = -np.sum(y * np.log(out) + (1 - y) * np.log(1 - out))
    d1, d2 = nn.backprop(x, y)
    nn.weights1 -= 0.1 * d1
    nn.weights2 -= 0.1 * d2
    if i % 500 == 0:
        print("loss after", i, ":", loss)
