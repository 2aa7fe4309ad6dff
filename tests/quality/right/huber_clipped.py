# right: the Huber loss' slope is a clipped error; the output is clipped into [0, 1] and the mask knows it
import numpy as np

rng = np.random.default_rng(134)
X = rng.uniform(-1, 1, (80, 3))
truth = np.clip(0.5 + X @ np.array([0.4, -0.3, 0.2]) + 0.3 * X[:, 0] * X[:, 1], 0, 1)[:, None]
truth[::9] += rng.normal(0, 2, truth[::9].shape)  # a few wild measurements

W1, b1 = rng.normal(0, 0.5, (3, 10)), np.zeros((1, 10))
W2, b2 = rng.normal(0, 0.2, (10, 1)), np.full((1, 1), 0.5)
DELTA = 0.3

for epoch in range(1200):
    hid = np.tanh(X @ W1 + b1)
    raw = hid @ W2 + b2
    out = np.clip(raw, 0, 1)
    err = out - truth
    small = np.abs(err) <= DELTA
    loss = np.mean(np.where(small, 0.5 * err ** 2, DELTA * (np.abs(err) - 0.5 * DELTA)))

    derr = np.clip(err, -DELTA, DELTA) / len(X)
    draw = derr * ((raw > 0) & (raw < 1))
    gW2, gb2 = hid.T @ draw, draw.sum(axis=0, keepdims=True)
    dpre = (draw @ W2.T) * (1 - hid ** 2)
    gW1, gb1 = X.T @ dpre, dpre.sum(axis=0, keepdims=True)

    W1, b1, W2, b2 = W1 - 0.3 * gW1, b1 - 0.3 * gb1, W2 - 0.3 * gW2, b2 - 0.3 * gb2
    if epoch % 300 == 0:
        print(epoch, loss)
