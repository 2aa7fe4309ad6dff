"""The 2-5-5-1 sigmoid net once more, with the update rule from a blog post.

(expected - output) * slope(output) is the rule for squared error; the cost printed, and meant, is
the cross-entropy. What changed: with a sigmoid output the cross-entropy's delta has no slope.
"""
import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def slope(output):
    return output * (1.0 - output)


def cross_entropy(output, expected):
    return -np.sum(expected * np.log(output) + (1 - expected) * np.log(1 - output))


def train(inputs, expected, sizes, learning_rate, epochs):
    weights = [np.random.randn(o, i) for i, o in zip(sizes[:-1], sizes[1:])]
    biases = [np.zeros((o, 1)) for o in sizes[1:]]

    for epoch in range(epochs):
        outputs = [inputs]
        for w, b in zip(weights, biases):
            outputs.append(sigmoid(np.dot(w, outputs[-1]) + b))
        output = outputs[-1]

        if epoch % 500 == 0:
            print("epoch", epoch, "cross-entropy", cross_entropy(output, expected))

        # error signal of the output layer, then of each hidden layer going back
        error = expected - output
        errors = [error]
        for k in range(len(weights) - 1, 0, -1):
            error = np.dot(weights[k].T, error) * slope(outputs[k])
            errors.insert(0, error)

        for k in range(len(weights)):
            weights[k] = weights[k] + learning_rate * np.dot(errors[k], outputs[k].T)
            biases[k] = biases[k] + learning_rate * np.sum(errors[k], axis=1, keepdims=True)
    return weights, biases


np.random.seed(21)
points = np.random.uniform(-1, 1, size=(2, 50))
is_above = (points[1:2] > np.sin(3 * points[0:1]) / 2).astype(float)
train(points, is_above, sizes=[2, 5, 5, 1], learning_rate=0.05, epochs=4000)
