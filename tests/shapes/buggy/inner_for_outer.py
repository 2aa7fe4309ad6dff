# silent: np.dot of two 1-D vectors is a number; every weight moves the same way
# expression: np.dot(dh, x)
# fixed: dW1 = np.outer(dh, x)
import numpy as np

np.random.seed(23)
data = np.random.randn(10, 5)
labels = np.random.randn(10)
W1 = np.random.randn(5, 5) * 0.4
w2 = np.random.randn(5) * 0.4
lr = 0.01

for epoch in range(10):
    dW1_total = np.zeros_like(W1)
    dw2_total = np.zeros_like(w2)
    loss = 0.0
    for x, t in zip(data, labels):
        h = np.tanh(np.dot(W1, x))
        out = np.dot(w2, h)
        loss += 0.5 * (out - t) ** 2
        delta = out - t
        dw2 = delta * h
        dh = delta * w2 * (1 - h ** 2)
        dW1 = np.dot(dh, x)  # GL306, GL101
        dW1_total += dW1
        dw2_total += dw2
    W1 -= lr * dW1_total
    w2 -= lr * dw2_total
