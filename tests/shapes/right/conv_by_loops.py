# right: every output pixel adds (N,F,1,1,1) times a patch (N,1,C,k,k)
import numpy as np

np.random.seed(8)
N, C, S, F, k = 2, 2, 4, 2, 2
So = S - k + 1
x = np.random.randn(N, C, S, S)
t = np.random.randn(N, F, So, So)
w = np.random.randn(F, C, k, k) * 0.4
b = np.zeros((F, 1, 1))

for it in range(8):
    out = np.zeros((N, F, So, So))
    for r in range(So):
        for c in range(So):
            patch = x[:, None, :, r:r + k, c:c + k]
            out[:, :, r, c] = np.sum(patch * w[None], axis=(2, 3, 4))
    out = np.tanh(out + b)
    loss = 0.5 * np.sum((out - t) ** 2)

    dz = (out - t) * (1 - out ** 2)
    dw = np.zeros_like(w)
    for r in range(So):
        for c in range(So):
            patch = x[:, None, :, r:r + k, c:c + k]
            dw += np.sum(dz[:, :, r, c][:, :, None, None, None] * patch, axis=0)
    db = dz.sum(axis=(0, 2, 3)).reshape(F, 1, 1)
    w -= 0.05 * dw
    b -= 0.05 * db
