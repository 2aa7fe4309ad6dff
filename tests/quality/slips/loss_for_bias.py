# the hidden bias is given the loss where its delta belongs
import numpy as np

rng = np.random.default_rng(8)
x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
first, offset, second = rng.normal(size=(3, 5)), np.zeros(5), rng.normal(size=(5, 2))
for step in range(40):
    h = np.tanh(x @ first + offset)
    out = h @ second
    loss = np.sum((out - y) ** 2) / 24
    d = (out - y) / 12
    dh = d @ second.T * (1 - h**2)
    d_second, d_first = h.T @ d, x.T @ dh
    d_offset = loss.sum()  # GL101, GL399, GL308
    first, second, offset = first - 0.1 * d_first, second - 0.1 * d_second, offset - 0.1 * d_offset
    print(loss)
