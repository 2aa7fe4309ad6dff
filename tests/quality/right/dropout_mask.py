# right: forward draws a new dropout mask at every step, backward multiplies by the very same mask
import numpy as np

np.random.seed(17)


def relu(z):
    return np.maximum(z, 0)


def forward(X, params, keep):
    Z1 = params["W1"] @ X + params["b1"]
    A1 = relu(Z1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1]) < keep
    A1 = A1 * D1 / keep
    Z2 = params["W2"] @ A1 + params["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, (Z1, D1, A1)


def backward(X, Y, A2, cache, params, keep):
    m = X.shape[1]
    Z1, D1, A1 = cache
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dA1 = params["W2"].T @ dZ2
    dA1 = dA1 * D1
    dA1 = dA1 / keep
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


X = np.random.randn(2, 150)
Y = (X[0:1] * X[1:2] > 0).astype(float)
params = {"W1": np.random.randn(20, 2) * 0.8, "b1": np.zeros((20, 1)),
          "W2": np.random.randn(1, 20) * 0.3, "b2": np.zeros((1, 1))}
keep_prob = 0.8
for it in range(1200):
    A2, cache = forward(X, params, keep_prob)
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    grads = backward(X, Y, A2, cache, params, keep_prob)
    for key in params:
        params[key] = params[key] - 0.2 * grads[key]
    if it % 400 == 0:
        print(it, cost)
