"""Binary classifier 2-5-5-1 built from layer objects, samples in columns, learning rate 1/epoch.

With one sample at a time it ran. With a dozen of them the bias update says that it cannot
broadcast, although the deltas are exactly the ones from the lecture notes.
"""
import numpy as np


class Layer:
    def __init__(self, number_of_neurons, number_of_inputs):
        self.weights = np.random.rand(number_of_neurons, number_of_inputs)
        self.bias = np.random.rand(number_of_neurons, 1)


class Network:
    def __init__(self, layer1, layer2, layer3):
        self.layer1 = layer1
        self.layer2 = layer2
        self.layer3 = layer3

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def sigmoid_slope(self, a):
        return a * (1 - a)

    def cost(self, Y_hat, Y):
        m = Y_hat.shape[1]
        total = -1 / m * (np.dot(Y, np.log(Y_hat).T) + np.dot(1 - Y, np.log(1 - Y_hat).T))
        return np.squeeze(total)

    def cost_slope(self, Y_hat, Y):
        return -(np.divide(Y, Y_hat) - np.divide(1 - Y, 1 - Y_hat))

    def train(self, inputs, labels, epochs):
        for epoch in range(1, epochs + 1):
            z1 = np.dot(self.layer1.weights, inputs) + self.layer1.bias
            a1 = self.sigmoid(z1)
            z2 = np.dot(self.layer2.weights, a1) + self.layer2.bias
            a2 = self.sigmoid(z2)
            z3 = np.dot(self.layer3.weights, a2) + self.layer3.bias
            a3 = self.sigmoid(z3)

            cost = self.cost(a3, labels)
            if epoch in (1, 10, 100) or epoch % 5000 == 0:
                print(epoch, cost)

            layer3_delta = self.sigmoid_slope(a3) * self.cost_slope(a3, labels)
            dw_layer3 = np.dot(layer3_delta, a2.T)
            db_layer3 = layer3_delta  # GL206

            layer2_delta = np.dot(self.layer3.weights.T, layer3_delta) * self.sigmoid_slope(a2)
            dw_layer2 = np.dot(layer2_delta, a1.T)
            db_layer2 = layer2_delta  # GL206

            layer1_delta = np.dot(self.layer2.weights.T, layer2_delta) * self.sigmoid_slope(a1)
            dw_layer1 = np.dot(layer1_delta, inputs.T)
            db_layer1 = layer1_delta  # GL206

            self.layer1.weights -= (1 / epoch) * dw_layer1
            self.layer2.weights -= (1 / epoch) * dw_layer2
            self.layer3.weights -= (1 / epoch) * dw_layer3
            self.layer1.bias -= (1 / epoch) * db_layer1
            self.layer2.bias -= (1 / epoch) * db_layer2
            self.layer3.bias -= (1 / epoch) * db_layer3


np.random.seed(9)
inputs = np.random.randn(2, 12) * 2
labels = (inputs[0:1] + inputs[1:2] > 0) * 1
network = Network(Layer(5, 2), Layer(5, 5), Layer(1, 5))
network.train(inputs, labels, 20000)
