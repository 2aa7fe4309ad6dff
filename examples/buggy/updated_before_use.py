"""Layers that update themselves inside backward, so that the training loop stays short.

The layer changes its weights and then sends the error down through the changed ones.
With a tiny learning rate it passes every gradient check, with a useful one it does not.
"""
import numpy as np


class FullyConnected:
    def __init__(self, inputs, outputs, rng):
        self.weights = rng.normal(0, np.sqrt(1 / inputs), (inputs, outputs))
        self.bias = np.zeros((1, outputs))

    def forward(self, data):
        self.data = data
        return np.dot(data, self.weights) + self.bias

    def backward(self, error, learning_rate):
        weights_error = np.dot(self.data.T, error)
        self.weights -= learning_rate * weights_error
        self.bias -= learning_rate * error.sum(axis=0, keepdims=True)
        return np.dot(error, self.weights.T)  # GL307


class Activation:
    def forward(self, data):
        self.data = data
        return np.tanh(data)

    def backward(self, error, learning_rate):
        return error * (1 - np.tanh(self.data) ** 2)


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def predict(self, data):
        for layer in self.layers:
            data = layer.forward(data)
        return data

    def fit(self, x, y, epochs, learning_rate):
        for epoch in range(epochs):
            output = self.predict(x)
            mse = np.mean((y - output) ** 2)
            error = 2 * (output - y) / y.size
            for layer in reversed(self.layers):
                error = layer.backward(error, learning_rate)
            if epoch % 250 == 0:
                print("epoch", epoch, "error", mse)


rng = np.random.default_rng(46)
x = rng.uniform(-1, 1, (50, 2))
y = np.stack([x[:, 0] * x[:, 1], x[:, 0] ** 2], axis=1)
net = Sequential(FullyConnected(2, 12, rng), Activation(), FullyConnected(12, 2, rng))
net.fit(x, y, epochs=2000, learning_rate=0.4)
