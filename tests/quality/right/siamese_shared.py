# right: one weight matrix sees two inputs; its gradient is added up in place from both
import numpy as np

rng = np.random.default_rng(129)
left = rng.normal(size=(50, 4))
same = rng.integers(0, 2, 50)
right = np.where(same[:, None] == 1, left + 0.1 * rng.normal(size=left.shape), rng.normal(size=left.shape))
W = rng.normal(0, 0.5, (4, 3))
margin = 1.5

for step in range(400):
    a, b = np.tanh(left @ W), np.tanh(right @ W)
    diff = a - b
    dist = np.sqrt((diff ** 2).sum(axis=1) + 1e-9)
    gap = np.maximum(0, margin - dist)
    loss = np.mean(same * dist ** 2 + (1 - same) * gap ** 2)

    d_dist = (2 * same * dist - 2 * (1 - same) * gap) / len(left)
    d_diff = d_dist[:, None] * diff / dist[:, None]
    dW = np.zeros_like(W)
    dW += left.T @ (d_diff * (1 - a ** 2))
    dW += right.T @ (-d_diff * (1 - b ** 2))
    W -= 0.2 * dW
    if step % 80 == 0:
        print(step, loss)
