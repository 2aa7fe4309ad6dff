import numpy as np


def start(sizes):
    made = {}
    for k in range(1, len(sizes)):
        made[f"W{k}"] = np.random.randn(sizes[k], sizes[k - 1]) * 0.7
        made[f"b{k}"] = np.random.randn(sizes[k], 1) * 0.1
    return made


def initialise(sizes):
    return start(sizes)


def unit_forward(A, W, b, activation):
    Z = W @ A + b
    out = 1 / (1 + np.exp(-Z)) if activation == "sigmoid" else np.maximum(0, Z)
    return out, (A, W, Z)


def unit_backward(dA, cache, activation):
    A, W, Z = cache
    if activation == "sigmoid":
        s = 1 / (1 + np.exp(-Z))
        dZ = dA * s * (1 - s)
    elif activation == "relu":
        dZ = dA * (Z > 0)
    return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)


def net_forward(X, parameters):
    A, caches, depth = X, [], len(parameters) // 2
    for k in range(1, depth + 1):
        kind = "sigmoid" if k == depth else "relu"
        A, cache = unit_forward(A, parameters[f"W{k}"], parameters[f"b{k}"], kind)
        caches.append(cache)
    return A, caches


def compute_cost(A, Y):
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Y.shape[1]


def net_backward(A, Y, caches):
    grads = {}
    dA = (-Y / A - (1 - Y) / (1 - A)) / Y.shape[1]  # wrong
    for k in range(len(caches), 0, -1):
        kind = "sigmoid" if k == len(caches) else "relu"
        dA, grads[f"dW{k}"], grads[f"db{k}"] = unit_backward(dA, caches[k - 1], kind)
    return grads
