"""Sum the gradients of all samples, then make one step, then start again from zero.

The third part was missing: the sums were set up once, above the loop over the epochs.
The net speeds up, overshoots, comes back, overshoots further.
"""
import numpy as np

np.random.seed(55)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sample_gradients(x, y, W1, b1, W2, b2):
    a1 = sigmoid(W1 @ x + b1)
    a2 = sigmoid(W2 @ a1 + b2)
    cost = 0.5 * np.sum((a2 - y) ** 2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (W2.T @ d2) * a1 * (1 - a1)
    return cost, [d1 @ x.T, d1, d2 @ a1.T, d2]


xs = np.random.uniform(-1, 1, (30, 2, 1))
ys = (xs[:, 0:1] > xs[:, 1:2] ** 2).astype(float)

W1 = np.random.randn(5, 2)
b1 = np.zeros((5, 1))
W2 = np.random.randn(1, 5)
b2 = np.zeros((1, 1))
parameters = [W1, b1, W2, b2]
eta = 3.0
sums = [np.zeros(p.shape) for p in parameters]

for epoch in range(500):
    total = 0.0
    for x, y in zip(xs, ys):
        cost, gradients = sample_gradients(x, y, W1, b1, W2, b2)
        total += cost
        for k in range(4):
            sums[k] += gradients[k]  # GL402
    for k in range(4):
        parameters[k] -= eta / len(xs) * sums[k]
    if epoch % 100 == 0:
        print("epoch", epoch, "cost", total / len(xs))
