# the program stops at a shape; before, the one way takes the slope of the output and the other does not
import numpy as np

rng = np.random.default_rng(1)
x, y = rng.normal(size=(3, 6)), rng.integers(0, 2, (1, 6))
low, high = rng.normal(size=(4, 3)), rng.normal(size=(1, 4))
for step in range(20):
    h = np.tanh(low @ x)
    out = 1 / (1 + np.exp(-(high @ h)))
    loss = 0.5 * np.sum((out - y) ** 2)
    print(loss)
    miss, steep = out - y, out * (1 - out)
    d_high = miss * steep * h
    d_h = (high.T @ miss) * (1 - h**2)  # GL304
    low = low - 0.5 * d_h @ x.T
    high = high - 0.5 * d_high  # GL106
