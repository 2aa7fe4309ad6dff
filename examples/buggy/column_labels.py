"""Cat or not again, this time with the labels read from a plain list.

Samples are columns, so everything that comes in gets an ndmin=2 and a .T, the labels too.
The first cost is ten times too large and then np.dot complains about shapes far below.
"""
import numpy as np

np.random.seed(8)

DIMS = [12288, 64, 1]
images = np.random.rand(40, 12288) - 0.5
images[::2, :4000] += 0.1
images[1::2, :4000] -= 0.1
labels = [(i + 1) % 2 for i in range(40)]


def initialize_parameters(dims):
    parameters = {}
    for i in range(1, len(dims)):
        parameters["W" + str(i)] = np.random.randn(dims[i], dims[i - 1]) * 0.01
        parameters["b" + str(i)] = np.zeros([dims[i], 1])
    return parameters


def relu(x, deriv=False):
    if deriv:
        return 1.0 * (x > 0)
    return np.maximum(0, x)


def sigmoid(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def forward_backward(X, Y, parameters):
    grads = {}
    m = Y.shape[1]

    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = relu(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    AL = sigmoid(Z2)
    cost = (-1 / m) * np.sum(np.multiply(Y, np.log(AL)) + np.multiply(1 - Y, np.log(1 - AL)))  # GL102

    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))  # GL102
    dZ2 = dAL * sigmoid(AL, deriv=True)
    grads["dW2"] = np.dot(dZ2, A1.T) / m
    grads["db2"] = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = np.dot(parameters["W2"].T, dZ2)
    dZ1 = dA1 * relu(A1, deriv=True)
    grads["dW1"] = np.dot(dZ1, X.T) / m
    grads["db1"] = np.sum(dZ1, axis=1, keepdims=True) / m
    return AL, grads, cost


def update_parameters(grads, parameters, learning_rate):
    for i in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(i)] = parameters["W" + str(i)] - learning_rate * grads["dW" + str(i)]
        parameters["b" + str(i)] = parameters["b" + str(i)] - learning_rate * grads["db" + str(i)]
    return parameters


parameters = initialize_parameters(DIMS)
for epoch in range(150):
    x = np.array(images[0:10], ndmin=2).T
    y = np.array(labels[0:10], ndmin=2).T
    AL, grads, cost = forward_backward(x, y, parameters)
    parameters = update_parameters(grads, parameters, 0.01)
    if epoch % 15 == 0:
        print("epoch", epoch, "cost", cost)
