# A weight matrix moves by a number only.
import numpy as np

np.random.seed(13)
X = np.matrix(np.random.rand(30, 3))
Y = np.matrix(np.where(X[:, 0] + X[:, 1] > X[:, 2] * 2, 1.0, 0.0))

W1 = np.matrix(np.random.randn(3, 5))
W2 = np.matrix(np.random.randn(5, 1))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for i in range(3000):
    hidden = sigmoid(X * W1)
    out = sigmoid(hidden * W2)
    err = Y - out
    if i % 500 == 0:
        print("half squared error", 0.5 * np.sum(np.square(err)))

    d_out = np.multiply(err, np.multiply(out, 1 - out))
    d_hidden = np.multiply(d_out * W2.T, np.multiply(hidden, 1 - hidden))
    W2 = W2 + 0.3 * (hidden.T * d_out)
    W1 = W1 + 0.3  # GL409
