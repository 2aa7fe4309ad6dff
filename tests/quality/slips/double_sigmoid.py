# sigmoid_prime expects z and is given a, in both layers; there is no loss to look at.
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


rng = np.random.RandomState(3)
X = rng.rand(25, 4) - 0.5
y = (X[:, [0]] + X[:, [1]] > X[:, [2]]).astype(float)

weights_0 = rng.randn(4, 6)
weights_1 = rng.randn(6, 1)

for iteration in range(5000):
    layer_1_in = X @ weights_0
    layer_1 = sigmoid(layer_1_in)
    layer_2_in = layer_1 @ weights_1
    layer_2 = sigmoid(layer_2_in)

    layer_2_error = layer_2 - y
    layer_2_delta = layer_2_error * sigmoid_prime(layer_2)  # GL302
    layer_1_error = layer_2_delta @ weights_1.T
    layer_1_delta = layer_1_error * sigmoid_prime(layer_1)  # GL302

    weights_1 -= 0.5 * (layer_1.T @ layer_2_delta)
    weights_0 -= 0.5 * (X.T @ layer_1_delta)

print(np.mean(np.abs(layer_2_error)))
