# -(y/a) - (1-y)/(1-a): the minus was meant for the whole bracket; and relu's slope is missing.
import numpy as np

np.random.seed(17)
grads, cache = {}, {}
P = {"W1": np.random.randn(7, 3) * 0.7, "b1": np.zeros((7, 1)), "W2": np.random.randn(1, 7) * 0.5, "b2": np.zeros((1, 1))}
X = np.random.randn(3, 50)
Y = (X[:1] - X[1:2] > 0.3) * 1


def fwd():
    cache["Z1"] = np.dot(P["W1"], X) + P["b1"]
    cache["A1"] = np.maximum(0, cache["Z1"])
    cache["A2"] = 1 / (1 + np.exp(-np.dot(P["W2"], cache["A1"]) - P["b2"]))
    return -np.mean(Y * np.log(cache["A2"]) + (1 - Y) * np.log(1 - cache["A2"]))


def bwd():
    m = Y.shape[1]
    A2 = cache["A2"]
    dA2 = -(Y / A2) - (1 - Y) / (1 - A2)  # GL108
    dZ2 = dA2 * A2 * (1 - A2)
    grads["W2"] = np.dot(dZ2, cache["A1"].T) / m
    grads["b2"] = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(P["W2"].T, dZ2)  # GL304
    grads["W1"] = np.dot(dZ1, X.T) / m
    grads["b1"] = np.sum(dZ1, axis=1, keepdims=True) / m


for i in range(1500):
    cost = fwd()
    bwd()
    for key in P:
        P[key] = P[key] - 0.2 * grads[key]
    if i % 300 == 0:
        print(i, cost)
