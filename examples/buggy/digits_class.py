"""Digit classifier, 785 inputs (784 pixels and a constant 1), one image at a time.

I kept pushing .dot and .T around until every line ran. The forward pass has all its
dimensions right and the output layer is fine, but the hidden layer's gradients come out
with shapes that do not fit, whatever I transpose.
"""
import numpy as np


class DigitNetwork:
    def __init__(self, hidden_size=16, learning_rate=0.5):
        self.W1 = np.random.randn(785, hidden_size) * 0.05
        self.b1 = np.zeros((hidden_size, 1))
        self.W2 = np.random.randn(hidden_size, 10) * 0.3
        self.b2 = np.zeros((10, 1))
        self.learning_rate = learning_rate

    def sigmoid(self, x, derivative=False):
        s = 1 / (1 + np.exp(-x))
        if derivative:
            return s * (1 - s)
        return s

    def loss_function(self, predicted, expected, derivative=False):
        if derivative:
            return predicted - expected
        return 0.5 * np.sum((predicted - expected) ** 2)

    def expected_value(self, digit):
        expected = np.zeros((10, 1))
        expected[digit] = 1
        return expected

    def forward(self, x):
        # x is one image as a row, (1, 785); the layers themselves are columns
        self.z1 = self.W1.T.dot(x.T) + self.b1
        self.hidden = self.sigmoid(self.z1)
        self.z2 = self.W2.T.dot(self.hidden) + self.b2
        self.output = self.sigmoid(self.z2)
        return self.output

    def backpropagation(self, x, digit):
        predicted = self.forward(x)
        expected = self.expected_value(digit)
        self.cost = self.loss_function(predicted, expected)
        d_cost = self.loss_function(predicted, expected, derivative=True)

        d_W2 = (d_cost * self.sigmoid(self.z2, derivative=True)).dot(self.hidden.T).T
        d_b2 = d_cost * self.sigmoid(self.z2, derivative=True)
        d_b1 = d_cost * self.sigmoid(self.z2.T, derivative=True).dot(self.W2.T).dot(self.sigmoid(self.z1, derivative=True))  # GL306 GL108 GL101
        d_W1 = d_cost * self.sigmoid(self.z2.T, derivative=True).dot(self.W2.T).dot(self.sigmoid(self.z1, derivative=True)).dot(x)  # GL101 GL306 GL108

        assert d_W2.shape == self.W2.shape
        assert d_b2.shape == self.b2.shape
        assert d_b1.shape == self.b1.shape
        assert d_W1.shape == self.W1.shape
        return d_W2, d_b2, d_W1, d_b1

    def train(self, images, digits, epochs):
        for epoch in range(epochs):
            total = 0
            for image, digit in zip(images, digits):
                x = image.reshape(1, 785)
                d_W2, d_b2, d_W1, d_b1 = self.backpropagation(x, digit)
                self.W2 -= self.learning_rate * d_W2
                self.b2 -= self.learning_rate * d_b2
                self.W1 -= self.learning_rate * d_W1
                self.b1 -= self.learning_rate * d_b1
                total += self.cost
            if epoch % 5 == 0:
                print("epoch", epoch, "mean cost", total / len(images))


def make_digits(count):
    """Ten fixed ink patterns, blurred with noise: stand-ins for scanned digits."""
    patterns = np.random.rand(10, 784) > 0.8
    digits = np.random.randint(0, 10, count)
    pixels = np.clip(patterns[digits] * 0.8 + np.random.rand(count, 784) * 0.2, 0, 1)
    return np.hstack([pixels, np.ones((count, 1))]), digits


np.random.seed(3)
images, digits = make_digits(200)
network = DigitNetwork()
network.train(images, digits, epochs=60)
hits = sum(np.argmax(network.forward(im.reshape(1, 785))) == d for im, d in zip(images, digits))
print("correct:", hits, "of", len(digits))
