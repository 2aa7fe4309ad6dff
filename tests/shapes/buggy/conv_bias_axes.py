# silent: filter bias summed over the wrong axes, as many images as filters
# expression: dout.sum(axis=(1, 2, 3))
# fixed: db = dout.sum(axis=(0, 1, 2))
import numpy as np

np.random.seed(21)
N, H, C, F, k = 4, 5, 2, 4, 3
x = np.random.randn(N, H, H, C)
t = np.random.randn(N, H - k + 1, H - k + 1, F)
w = np.random.randn(k * k * C, F) * 0.2
b = np.zeros(F)
Ho = H - k + 1

cols = np.zeros((N, Ho, Ho, k * k * C))
for r in range(Ho):
    for c in range(Ho):
        cols[:, r, c, :] = x[:, r:r + k, c:c + k, :].reshape(N, -1)

for epoch in range(10):
    out = cols @ w + b
    loss = 0.5 * np.sum((out - t) ** 2) / N
    dout = (out - t) / N
    dw = cols.reshape(-1, k * k * C).T @ dout.reshape(-1, F)
    db = dout.sum(axis=(1, 2, 3))  # GL206, GL104
    w -= 0.05 * dw
    b -= 0.05 * db
