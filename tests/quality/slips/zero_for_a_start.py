# slopes of a sigmoid on two linear layers, one number in and out; the first sample is zero
import numpy as np

rng = np.random.default_rng(6)
low, high = rng.normal(size=(4, 1)), rng.normal(size=(1, 4))
for k in range(1, 15):
    x, y = np.array([[np.log(k)]]), np.array([[0.5 * np.log(k) + 1]])
    h = low @ x
    out = high @ h
    miss = out - y
    print(np.sum(miss**2) / 2)
    d = high.T @ miss
    high -= 0.1 * (miss * out * (1 - out)) @ h.T  # GL303
    low -= 0.1 * (d * h * (1 - h)) @ x.T  # GL303
