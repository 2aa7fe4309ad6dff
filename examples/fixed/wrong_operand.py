"""Three-layer classifier in the columns-are-samples style of a well-known course.

I typed the backward pass layer by layer, copying each block and changing the numbers.
What changed: dW2 is made from A1, the activation that goes INTO layer 2.
"""
import numpy as np

np.random.seed(47)


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def run_forward(X, parameters):
    W1, b1, W2, b2, W3, b3 = parameters
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = np.tanh(np.dot(W2, A1) + b2)
    A3 = sigmoid(np.dot(W3, A2) + b3)
    return A3, (A1, A2, A3)


def cost_of(A3, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)) / m


def run_backward(X, Y, parameters, cache):
    m = X.shape[1]
    W1, b1, W2, b2, W3, b3 = parameters
    A1, A2, A3 = cache

    dZ3 = A3 - Y
    dW3 = 1 / m * np.dot(dZ3, A2.T)
    db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)

    dZ2 = np.dot(W3.T, dZ3) * (1 - np.power(A2, 2))
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)

    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2, dW3, db3


m = 100
X = np.random.randn(2, m)
Y = (np.abs(X[0:1]) > np.abs(X[1:2])).astype(int)
n_h = 7
parameters = (np.random.randn(n_h, 2) * 0.5, np.zeros((n_h, 1)),
              np.random.randn(n_h, n_h) * 0.5, np.zeros((n_h, 1)),
              np.random.randn(1, n_h) * 0.5, np.zeros((1, 1)))

for i in range(4000):
    A3, cache = run_forward(X, parameters)
    cost = cost_of(A3, Y)
    grads = run_backward(X, Y, parameters, cache)
    parameters = tuple(p - 0.3 * g for p, g in zip(parameters, grads))
    if i % 500 == 0:
        print(i, "cost", cost)
