"""Adam from memory, for the ripeness of avocados.

The first moment takes in the gradient, the second its square.
"""
import numpy as np


class Adam:
    def __init__(self, parameters, rate=0.01, beta1=0.9, beta2=0.999):
        self.parameters, self.rate = parameters, rate
        self.beta1, self.beta2, self.steps = beta1, beta2, 0
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]

    def step(self, gradients):
        self.steps += 1
        for i, g in enumerate(gradients):
            self.first[i] = self.beta1 * self.first[i] + (1 - self.beta1) * g
            self.second[i] = self.beta2 * self.second[i] + (1 - self.beta2) * g ** 2
            m = self.first[i] / (1 - self.beta1 ** self.steps)
            v = self.second[i] / (1 - self.beta2 ** self.steps)
            self.parameters[i] -= self.rate * m / (np.sqrt(v) + 1e-8)


rng = np.random.default_rng(8)
fruit = rng.normal(size=(40, 5))
ripe = (fruit[:, :1] + 0.5 * rng.normal(size=(40, 1)) > 0).astype(float)
W1, b1 = 0.5 * rng.normal(size=(5, 7)), np.zeros(7)
W2, b2 = 0.5 * rng.normal(size=(7, 1)), np.zeros(1)
adam = Adam([W1, b1, W2, b2])

for epoch in range(200):
    h = np.tanh(fruit @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -np.mean(ripe * np.log(p) + (1 - ripe) * np.log(1 - p))
    d = (p - ripe) / len(fruit)
    dh = (d @ W2.T) * (1 - h ** 2)
    adam.step([fruit.T @ dh, dh.sum(axis=0), h.T @ d, d.sum(axis=0)])
    if epoch % 40 == 0:
        print(epoch, loss)
