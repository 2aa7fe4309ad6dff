"""Softmax classifier with two hidden relu layers, written as plain functions.

Halving the batch changed the best learning rate of one layer and of no other.
What changed: dW2 is a mean over the batch like all the other gradients.
"""
import numpy as np


def initialise(sizes, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        params[f"W{layer}"] = rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))
        params[f"b{layer}"] = np.zeros((1, fan_out))
    return params


def forward(X, params):
    A1 = np.maximum(0, X @ params["W1"] + params["b1"])
    A2 = np.maximum(0, A1 @ params["W2"] + params["b2"])
    scores = A2 @ params["W3"] + params["b3"]
    exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return A1, A2, exp_scores / exp_scores.sum(axis=1, keepdims=True)


def cross_entropy(probs, Y):
    return -np.sum(Y * np.log(probs)) / len(Y)


def backward(X, Y, A1, A2, probs, params):
    N = X.shape[0]
    grads = {}
    dZ3 = probs - Y
    grads["W3"] = A2.T @ dZ3 / N
    grads["b3"] = np.sum(dZ3, axis=0, keepdims=True) / N
    dZ2 = (dZ3 @ params["W3"].T) * (A2 > 0)
    grads["W2"] = A1.T @ dZ2 / N
    grads["b2"] = np.sum(dZ2, axis=0, keepdims=True) / N
    dZ1 = (dZ2 @ params["W2"].T) * (A1 > 0)
    grads["W1"] = X.T @ dZ1 / N
    grads["b1"] = np.sum(dZ1, axis=0, keepdims=True) / N
    return grads


rng = np.random.default_rng(32)
classes = rng.integers(0, 4, 64)
angles = classes * np.pi / 2 + rng.normal(0, 0.3, 64)
X = np.column_stack([np.cos(angles), np.sin(angles)])
Y = np.eye(4)[classes]

params = initialise([2, 12, 12, 4], rng)
for epoch in range(2000):
    A1, A2, probs = forward(X, params)
    loss = cross_entropy(probs, Y)
    grads = backward(X, Y, A1, A2, probs, params)
    for key in params:
        params[key] -= 0.05 * grads[key]
    if epoch % 250 == 0:
        print(f"epoch {epoch:5d}  loss {loss:.4f}")
