"""XOR from scratch, one file, no functions to speak of.

It learns XOR, so I never looked at the biases again. Then I added `+ 0 * b_hidden[0, 0]` while
debugging the first pass and Python told me that b_hidden is a float.
"""
import numpy as np

np.random.seed(5)


def squash(x, derivative=False):
    if derivative:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
targets = np.array([[0.0], [1.0], [1.0], [0.0]])

rate = 0.5
epochs = 50000
n_in, n_hidden, n_out = inputs.shape[1], 3, 1

w_hidden = np.random.uniform(size=(n_in, n_hidden))
b_hidden = np.random.uniform(1, n_hidden)
w_out = np.random.uniform(size=(n_hidden, n_out))
b_out = np.random.uniform(1, n_out)

for i in range(epochs):
    # forward
    hidden_in = np.dot(inputs, w_hidden)
    hidden = squash(hidden_in + b_hidden)
    out_in = np.dot(hidden, w_out)
    output = squash(out_in + b_out)

    # backward
    error = targets - output
    if i % 5000 == 0:
        print("mean error {:.4f}".format(np.mean(abs(error))))
    slope_out = squash(output, derivative=True)
    slope_hidden = squash(hidden, derivative=True)
    d_output = error * slope_out
    error_hidden = d_output.dot(w_out.T)
    d_hidden = error_hidden * slope_hidden

    # the error was target minus output, so the corrections are added
    w_out += hidden.T.dot(d_output) * rate
    b_out += np.sum(d_output, axis=0, keepdims=True) * rate
    w_hidden += inputs.T.dot(d_hidden) * rate
    b_hidden += np.sum(d_hidden, axis=0, keepdims=True) * rate  # GL103

print(output.round(3))
