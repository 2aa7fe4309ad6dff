"""Neuron objects: each neuron owns its weights, its output and its delta.

The delta is the derivative for the neuron's input sum. A weight also needs what came in through it.
What changed: the step of a weight is delta times the value that entered through that weight.
"""
import numpy as np

np.random.seed(49)


class Neuron:
    def __init__(self, n_inputs):
        self.weights = np.random.uniform(-1, 1, n_inputs)
        self.bias = np.random.uniform(-1, 1)

    def fire(self, inputs):
        self.inputs = inputs
        self.output = 1 / (1 + np.exp(-(np.dot(self.weights, inputs) + self.bias)))
        return self.output


class Network:
    def __init__(self, *sizes):
        self.layers = [[Neuron(i) for _ in range(o)] for i, o in zip(sizes, sizes[1:])]

    def fire(self, values):
        for layer in self.layers:
            values = np.array([neuron.fire(values) for neuron in layer])
        return values

    def learn(self, target, rate):
        for j, neuron in enumerate(self.layers[-1]):
            neuron.delta = (neuron.output - target[j]) * neuron.output * (1 - neuron.output)
        for upper, layer in zip(self.layers[:0:-1], self.layers[-2::-1]):
            for j, neuron in enumerate(layer):
                blame = sum(other.weights[j] * other.delta for other in upper)
                neuron.delta = blame * neuron.output * (1 - neuron.output)
        for layer in self.layers:
            for neuron in layer:
                neuron.weights -= rate * neuron.delta * neuron.inputs
                neuron.bias -= rate * neuron.delta


network = Network(2, 4, 1)
examples = [(np.array([p, q]), np.array([float(p != q)])) for p in (0.1, 0.9) for q in (0.1, 0.9)]
for epoch in range(4000):
    error = 0.0
    for values, target in examples:
        output = network.fire(values)
        error += 0.5 * np.sum((output - target) ** 2)
        network.learn(target, rate=1.0)
    if epoch % 500 == 0:
        print("epoch", epoch, "error", error)
