"""Overfitting a noisy sine, so I added weight decay to the cost.

The printed cost now contains lambda/2 |W|^2 for both matrices, and the curve does not get smoother.
What changed: the penalty on W2 is in W2's gradient too, not only in the number printed.
"""
import numpy as np

rng = np.random.default_rng(38)

x = np.sort(rng.uniform(-2, 2, 30)).reshape(-1, 1)
y = np.sin(2 * x) + 0.2 * rng.normal(size=x.shape)

W1 = rng.normal(0, 1.0, (1, 20))
b1 = rng.normal(0, 1.0, 20)
W2 = rng.normal(0, 0.5, (20, 1))
b2 = np.zeros(1)
lam = 0.02
lr = 0.05


def cost_of(out, W1, W2):
    fit = 0.5 * np.mean((out - y) ** 2)
    penalty = 0.5 * lam * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    return fit + penalty


for epoch in range(4000):
    hidden = np.tanh(x @ W1 + b1)
    out = hidden @ W2 + b2
    cost = cost_of(out, W1, W2)

    d_out = (out - y) / len(x)
    dW2 = hidden.T @ d_out + lam * W2
    db2 = d_out.sum(axis=0)
    d_hidden = (d_out @ W2.T) * (1 - hidden ** 2)
    dW1 = x.T @ d_hidden + lam * W1
    db1 = d_hidden.sum(axis=0)

    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1
    W2 = W2 - lr * dW2
    b2 = b2 - lr * db2
    if epoch % 500 == 0:
        print(epoch, "cost", cost, "|W2|", np.linalg.norm(W2))
