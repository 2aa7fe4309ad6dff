# crash: einsum, the letter h stands for two sizes
# expression: np.einsum('bh,ho->bo', h, W1)
# fixed: out = np.einsum('bh,ho->bo', h, W2)
import numpy as np

rng = np.random.default_rng(63)
x = rng.normal(size=(10, 4))
y = rng.normal(size=(10, 2))
W1 = rng.normal(size=(4, 7))
W2 = rng.normal(size=(7, 2))

for step in range(5):
    h = np.tanh(np.einsum('bi,ih->bh', x, W1))
    out = np.einsum('bh,ho->bo', h, W1)  # GL106
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dW2 = np.einsum('bh,bo->ho', h, dout)
    dz = np.einsum('bo,ho->bh', dout, W2) * (1 - h ** 2)
    dW1 = np.einsum('bi,bh->ih', x, dz)
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
