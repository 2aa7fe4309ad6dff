# crash: tensordot over axes of different lengths
# expression: np.tensordot(dout, W, axes=([2], [0]))
# fixed: dh = np.tensordot(dout, W, axes=([2], [1]))
import numpy as np

np.random.seed(64)
N, T, D, K = 3, 5, 4, 2
x = np.random.randn(N, T, D)
y = np.random.randn(N, T, K)
g = np.ones(D)
W = np.random.randn(D, K)

for it in range(5):
    h = x * g
    out = np.tensordot(h, W, axes=([2], [0]))
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dW = np.tensordot(h, dout, axes=([0, 1], [0, 1]))
    dh = np.tensordot(dout, W, axes=([2], [0]))  # GL106
    g -= 0.01 * np.sum(dh * x, axis=(0, 1))
    W -= 0.01 * dW
