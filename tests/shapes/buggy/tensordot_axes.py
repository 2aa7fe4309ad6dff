# silent: tensordot contracts the hidden axis with the batch, both are 6
# expression: np.tensordot(h, dout, axes=([1], [0]))
# fixed: dW2 = np.tensordot(h, dout, axes=([0], [0]))
import numpy as np

np.random.seed(35)
x = np.random.randn(6, 4)
y = np.random.randn(6, 3)
W1 = np.random.randn(4, 6) * 0.5
W2 = np.random.randn(6, 3) * 0.5

for it in range(25):
    h = np.maximum(np.tensordot(x, W1, axes=1), 0)
    out = np.tensordot(h, W2, axes=1)
    loss = np.sum((out - y) ** 2) / 6
    dout = 2 * (out - y) / 6
    dW2 = np.tensordot(h, dout, axes=([1], [0]))  # GL305, GL104
    dh = np.tensordot(dout, W2, axes=([1], [1]))
    dW1 = np.tensordot(x, dh * (h > 0), axes=([0], [0]))
    W1 -= 0.05 * dW1
    W2 -= 0.05 * dW2
