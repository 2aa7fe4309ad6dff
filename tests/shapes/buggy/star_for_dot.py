# silent: x.T * delta is an outer product; the single weight becomes a matrix
# expression: x.T * delta
# fixed: grad = x.T @ delta
import numpy as np

x = np.linspace(0.1, 2, 11).reshape(-1, 1)
y = np.sin(2 * x)
w = np.array([[0.3]])
c = np.array([[0.1]])

for epoch in range(20):
    out = np.tanh(x @ w + c)
    loss = 0.5 * np.mean(np.sum((out - y) ** 2, axis=1))
    delta = (out - y) * (1 - out ** 2) / len(x)
    grad = x.T * delta  # GL306, GL102
    w -= 0.5 * np.mean(grad, axis=(0, 1), keepdims=True)
    c -= 0.5 * delta.sum(axis=0, keepdims=True)
