"""Cat or not: ten 64x64 colour images, 12288-64-1, relu then sigmoid.

Ten samples should be easy to overfit. Instead the cost explodes at first, comes back to
where it started and stays there.
"""
import numpy as np

np.random.seed(7)


def make_images(count):
    """Fake photographs: class 1 is a little redder in the middle."""
    labels = np.arange(count) % 2
    images = np.random.randint(0, 256, size=(count, 64, 64, 3)) / 255.0
    images[labels == 1, 16:48, 16:48, 0] *= 1.6
    images[labels == 0, 16:48, 16:48, 2] *= 1.6
    return images.reshape(count, -1), labels.reshape(count, 1)


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

    cost = (-1 / m) * np.sum(np.multiply(Y, np.log(AL)) + np.multiply(1 - Y, np.log(1 - AL)))

    # output layer
    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    dZ2 = dAL * sigmoid(AL, deriv=True)
    grads["dW2"] = np.dot(dZ2, A1.T) / m
    grads["db2"] = np.sum(dZ2, axis=1, keepdims=True) / m

    # hidden layer
    dA1 = np.dot(parameters["W2"].T, dZ2)
    dZ1 = dA1 * relu(A1, deriv=True)
    grads["dW1"] = np.dot(dZ1, X.T)  # GL201
    grads["db1"] = np.sum(dZ1, axis=1, keepdims=True) / m
    return AL, grads, cost


def update_parameters(grads, parameters, learning_rate):
    for i in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(i)] = parameters["W" + str(i)] - learning_rate * grads["dW" + str(i)]
        parameters["b" + str(i)] = parameters["b" + str(i)] - learning_rate * grads["db" + str(i)]
    return parameters


dims = [12288, 64, 1]
epochs = 150
learning_rate = 0.03

train, labels = make_images(40)
parameters = initialize_parameters(dims)
log_list = []

for i in range(epochs):
    x = np.array(train[0:10], ndmin=2).T
    y = np.array(labels[0:10], ndmin=2).T
    AL, grads, cost = forward_backward(x, y, parameters)
    log_list.append(cost)
    parameters = update_parameters(grads, parameters, learning_rate)
    if i % 15 == 0:
        print("epoch", i, "cost", cost)
