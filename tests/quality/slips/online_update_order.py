# One sample at a time; the output weights move before their error is passed back, one bias goes uphill.
import numpy as np

np.random.seed(4)
inputs = np.random.uniform(-1, 1, (40, 3))
targets = np.sin(inputs.sum(axis=1))

w_ih = np.random.randn(8, 3) * 0.5
b_h = np.zeros(8)
w_ho = np.random.randn(8) * 0.5
b_o = np.zeros(1)
eta = 0.05

for epoch in range(300):
    total = 0.0
    for x, target in zip(inputs, targets):
        h = np.tanh(np.dot(w_ih, x) + b_h)
        out = np.dot(w_ho, h) + b_o
        err = out - target
        total += 0.5 * err[0] ** 2

        grad_o = err * h
        w_ho -= eta * grad_o
        delta_h = err * w_ho * (1 - h ** 2)  # GL307
        b_o -= eta * err
        b_h += eta * delta_h  # GL204
        w_ih -= eta * np.outer(delta_h, x)
    if epoch % 50 == 0:
        print(epoch, total)
