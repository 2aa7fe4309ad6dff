# The penalty of the loss is in the update itself, which forgets the rate.
import numpy as np

rng = np.random.default_rng(3)
X, t = rng.normal(size=(60, 5)), np.eye(3)[rng.integers(0, 3, 60)]
W, b = 0.1 * rng.normal(size=(5, 3)), np.zeros(3)
eta, wd = 0.2, 1e-2
for ep in range(10):
    for i in range(0, 60, 20):
        x, y = X[i : i + 20], t[i : i + 20]
        z = x @ W + b
        q = np.exp(z - z.max(1, keepdims=True))
        q = q / q.sum(1, keepdims=True)
        loss = -np.mean(np.sum(y * np.log(q), 1)) + wd / 2 * np.sum(W**2)
        d = (q - y) / 20
        W *= 1 - wd  # GL208
        W -= eta * x.T @ d
        b -= eta * d.sum(0)
    print(loss)
