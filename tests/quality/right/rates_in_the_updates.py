# right: one layer learns at half the rate, as its update says
import numpy as np

rng = np.random.default_rng(4)
x, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
first, shift = rng.normal(size=(3, 5)) * 0.5, np.zeros(5)
second, offset = rng.normal(size=(5, 1)) * 0.5, np.zeros(1)
rate = 0.05
for it in range(200):
    h = np.tanh(x @ first + shift)
    o = h @ second + offset
    loss = np.mean((o - y) ** 2)
    do = 2 * (o - y) / len(x)
    dh = do @ second.T * (1 - h ** 2)
    slow = 0.5 * rate
    first_step = slow * (x.T @ dh)
    first -= first_step
    shift -= 0.5 * rate * dh.sum(0)
    second -= rate * (h.T @ do)
    offset -= rate * do.sum(0)
    if it % 50 == 0:
        print(loss)
