"""Two moons with error = target - output, so corrections are added ...

... to three of the four parameters: out of habit the hidden bias is moved with a minus.
What changed: the hidden bias gets a plus like the rest.
"""
import numpy as np

np.random.seed(35)


def two_moons(n):
    t = np.random.rand(n) * np.pi
    upper = np.c_[np.cos(t), np.sin(t)]
    lower = np.c_[1 - np.cos(t), 0.5 - np.sin(t)]
    return np.r_[upper, lower] + 0.1 * np.random.randn(2 * n, 2), np.r_[np.zeros(n), np.ones(n)][:, None]


def sigmoid(x, deriv=False):
    return x * (1 - x) if deriv else 1 / (1 + np.exp(-x))


X, y = two_moons(60)
w_hidden = np.random.uniform(-1, 1, (2, 8))
b_hidden = np.random.uniform(-1, 1, (1, 8))
w_output = np.random.uniform(-1, 1, (8, 1))
b_output = np.zeros((1, 1))
lr = 0.02

for epoch in range(6000):
    hidden = sigmoid(np.dot(X, w_hidden) + b_hidden)
    output = sigmoid(np.dot(hidden, w_output) + b_output)

    error = y - output
    d_output = error * sigmoid(output, deriv=True)
    d_hidden = d_output.dot(w_output.T) * sigmoid(hidden, deriv=True)

    # target minus output: add everything
    w_output += lr * hidden.T.dot(d_output)
    b_output += lr * d_output.sum(axis=0, keepdims=True)
    w_hidden += lr * X.T.dot(d_hidden)
    b_hidden += lr * d_hidden.sum(axis=0, keepdims=True)

    if epoch % 1000 == 0:
        print(epoch, "accuracy", np.mean((output > 0.5) == y))
