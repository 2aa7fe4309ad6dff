# right: patches flattened to rows, (N*Ho*Wo, k*k*C) against (k*k*C, F), N = F
import numpy as np

rng = np.random.RandomState(7)
N, C, S, F, k = 3, 2, 5, 3, 3
So = S - k + 1
x = rng.randn(N, C, S, S)
t = rng.randn(N, F, So, So)
W = rng.randn(F, C, k, k) * 0.3
b = np.zeros(F)


def im2col(x):
    cols = np.zeros((N, So, So, C * k * k))
    for r in range(So):
        for c in range(So):
            cols[:, r, c] = x[:, :, r:r + k, c:c + k].reshape(N, -1)
    return cols.reshape(N * So * So, -1)


for epoch in range(10):
    cols = im2col(x)
    out = (cols @ W.reshape(F, -1).T + b).reshape(N, So, So, F).transpose(0, 3, 1, 2)
    loss = 0.5 * np.sum((out - t) ** 2) / N
    dout = (out - t) / N
    drows = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    dW = (drows.T @ cols).reshape(W.shape)
    db = drows.sum(axis=0)
    W -= 0.02 * dW
    b -= 0.02 * db
