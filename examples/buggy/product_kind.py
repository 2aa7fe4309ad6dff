"""A lookup of four switches to one reading, vectors only, one sample at a time.

np.dot of two vectors is one number, and W -= number moves every weight by the same amount.
No error, no warning, and the loss even goes down a little.
"""
import numpy as np

np.random.seed(45)

samples = np.random.randint(0, 2, (24, 4)).astype(float)
readings = samples[:, 0] * samples[:, 1] - 0.5 * samples[:, 3]

W = np.random.randn(4, 4) * 0.6  # hidden x inputs
b = np.zeros(4)
v = np.random.randn(4) * 0.6
c = 0.0
rate = 0.05


def predict(x):
    hidden = np.tanh(np.dot(W, x) + b)
    return np.dot(v, hidden) + c, hidden


def squared_error():
    return sum((predict(x)[0] - r) ** 2 for x, r in zip(samples, readings)) / 2


print("before", squared_error())
for sweep in range(800):
    for x, reading in zip(samples, readings):
        output, hidden = predict(x)
        error = output - reading
        loss = error ** 2 / 2

        d_v = error * hidden
        d_c = error
        delta = error * v * (1 - hidden ** 2)
        d_W = np.dot(delta, x)  # GL306 GL101
        d_b = delta

        W -= rate * d_W
        b -= rate * d_b
        v -= rate * d_v
        c -= rate * d_c
    if sweep % 200 == 199:
        print("after", sweep + 1, "sweeps", squared_error())
