# right: a part of the derivative is data, and the new value is brought back twice
import numpy as np

r = np.random.default_rng(14)
ret = r.normal(0.05, 0.2, size=(100, 4))
m, C = ret.mean(0), np.cov(ret.T)
w = np.full(4, 0.25)
for it in range(50):
    risk = 0.5 * w @ C @ w - 0.1 * m @ w
    g = C @ w - 0.1 * m
    w = w - 0.5 * g
    w = np.maximum(w, 0)
    w = w / w.sum()
print(risk)
