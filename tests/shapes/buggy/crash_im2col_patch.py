# crash: a flattened patch does not fit its column
# expression: x[:, r:r + k, c:c + k].reshape(N, k * k)
# fixed: cols[:, r, c] = x[:, r:r + k, c:c + k].reshape(N, k * k * C)
import numpy as np

np.random.seed(80)
N, S, C, k, F = 2, 5, 2, 3, 4
So = S - k + 1
x = np.random.randn(N, S, S, C)
t = np.random.randn(N, So, So, F)
w = np.random.randn(k * k * C, F) * 0.2

for epoch in range(3):
    cols = np.empty((N, So, So, k * k * C))
    for r in range(So):
        for c in range(So):
            cols[:, r, c] = x[:, r:r + k, c:c + k].reshape(N, k * k)  # GL106
    out = cols @ w
    loss = 0.5 * np.sum((out - t) ** 2)
    dw = np.tensordot(cols, out - t, axes=([0, 1, 2], [0, 1, 2]))
    w -= 0.01 * dw
