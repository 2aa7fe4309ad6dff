"""Momentum by hand: velocity = beta * velocity + gradient, and the parameters follow it.

The loss rises steadily and beautifully. All gradients agree with my pen-and-paper ones.
A smaller learning rate only makes it rise more slowly.
"""
import numpy as np

rng = np.random.default_rng(36)
X = rng.normal(size=(100, 3))
target = np.tanh(X @ np.array([[1.0], [-0.5], [0.3]])) * 2

W1 = rng.normal(0, 0.5, (3, 10))
b1 = np.zeros((1, 10))
W2 = rng.normal(0, 0.5, (10, 1))
b2 = np.zeros((1, 1))
parameters = [W1, b1, W2, b2]
velocities = [np.zeros_like(p) for p in parameters]

beta = 0.9
learning_rate = 0.01


def loss_and_gradients(X, target):
    n = len(X)
    z1 = X @ W1 + b1
    a1 = z1 / (1 + np.exp(-z1))  # swish
    out = a1 @ W2 + b2
    loss = np.mean((out - target) ** 2)

    d_out = 2 * (out - target) / n
    sig = 1 / (1 + np.exp(-z1))
    d_z1 = (d_out @ W2.T) * (sig + a1 * (1 - sig))
    gradients = [
        X.T @ d_z1,
        d_z1.sum(axis=0, keepdims=True),
        a1.T @ d_out,
        d_out.sum(axis=0, keepdims=True),
    ]
    return loss, gradients


for step in range(1500):
    loss, gradients = loss_and_gradients(X, target)
    for k, gradient in enumerate(gradients):
        velocities[k] = beta * velocities[k] + gradient
        parameters[k] += learning_rate * velocities[k]  # GL205
    if step % 250 == 0:
        print("step", step, "loss", loss)
