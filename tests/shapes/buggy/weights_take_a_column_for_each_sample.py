# silent: the weights of one unit grow by all hidden activations, one column for each sample
# expression: W2 + 0.2 * hidden.T
# fixed:     W2 = W2 + 0.2 * hidden.T @ d_out
import numpy as np

rng = np.random.default_rng(17)
X = rng.random((18, 3))
Y = (X[:, :1] > X[:, 1:2]) * 1.0
W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))


def squash(z):
    return 1 / (1 + np.exp(-z))


for i in range(400):
    hidden = squash(X @ W1)
    out = squash(hidden @ W2)
    err = Y - out
    if i % 100 == 0:
        print("half squared error", 0.5 * np.sum(err ** 2))
    d_out = err * out * (1 - out)
    d_hidden = (d_out @ W2.T) * hidden * (1 - hidden)
    W2 = W2 + 0.2 * hidden.T  # GL103
    W1 = W1 + 0.2 * X.T @ d_hidden
