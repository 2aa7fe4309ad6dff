"""A small classifier that never gets past a loss of 0.6.

The gradient check of the first layer is perfect, so it cannot be the first layer.
Two characters in one of the update lines have changed places.
"""
import numpy as np

rng = np.random.default_rng(12)
points = rng.uniform(-1, 1, size=(60, 2))
inside = (np.sum(points ** 2, axis=1, keepdims=True) < 0.5) * 1.0

W1, b1 = rng.normal(size=(2, 8)), np.zeros(8)
W2, b2 = rng.normal(size=(8, 1)), np.zeros(1)
rate = 0.5

for epoch in range(400):
    hidden = np.tanh(points @ W1 + b1)
    chance = 1 / (1 + np.exp(-(hidden @ W2 + b2)))
    loss = -np.mean(inside * np.log(chance) + (1 - inside) * np.log(1 - chance))

    delta2 = (chance - inside) / len(points)
    delta1 = (delta2 @ W2.T) * (1 - hidden ** 2)
    W2 -= rate * (hidden.T @ delta2)
    b2 -= rate * delta2.sum(axis=0)
    W1 =- rate * (points.T @ delta1)  # GL408
    b1 -= rate * delta1.sum(axis=0)
    if epoch % 100 == 0:
        print(epoch, loss)
