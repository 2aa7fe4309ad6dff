# silent: np.outer with its arguments the wrong way round, W1 is square
# expression: np.outer(x, dh)
# fixed: gW1 += np.outer(dh, x)
import numpy as np


def train(xs, ts, W1, W2, lr, epochs):
    for epoch in range(epochs):
        gW1 = np.zeros(W1.shape)
        gW2 = np.zeros(W2.shape)
        loss = 0.0
        for x, t in zip(xs, ts):
            h = np.tanh(W1.dot(x))
            o = W2.dot(h)
            loss += 0.5 * np.sum((o - t) ** 2)
            do = o - t
            gW2 += np.outer(do, h)
            dh = W2.T.dot(do) * (1 - h ** 2)
            gW1 += np.outer(x, dh)  # GL305, GL104
        W1 -= lr * gW1
        W2 -= lr * gW2
    return loss


rs = np.random.RandomState(36)
print(train(rs.randn(8, 4), rs.randn(8, 2), rs.randn(4, 4) * 0.5, rs.randn(2, 4) * 0.5, 0.02, 20))
