# crash: .dot of two 1-D vectors of different lengths, an outer product was meant
# expression: delta1.dot(x)
# fixed: W1 -= lr * np.outer(delta1, x)
import numpy as np

rng = np.random.RandomState(62)
xs = rng.randn(6, 4)
ts = rng.randn(6, 2)
W1 = rng.randn(3, 4)
W2 = rng.randn(2, 3)
lr = 0.05


def sample_step(x, t):
    global W1, W2
    h = np.tanh(W1.dot(x))
    o = W2.dot(h)
    delta2 = o - t
    delta1 = W2.T.dot(delta2) * (1 - h ** 2)
    W2 -= lr * np.outer(delta2, h)
    W1 -= lr * delta1.dot(x)  # GL106
    return 0.5 * np.sum(delta2 ** 2)


for epoch in range(3):
    loss = sample_step(xs[0], ts[0])
