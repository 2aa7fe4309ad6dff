# The first model of the file is right; the mistake is in the second one.
import numpy as np

rng = np.random.default_rng(66)
X = rng.normal(size=(40, 3))
y = X @ np.array([0.5, 1.0, -1.0])

w = np.zeros(3)
for epoch in range(200):
    fit = X @ w
    cost = np.mean((fit - y) ** 2)
    w -= 0.1 * 2 * X.T @ (fit - y) / len(y)
print(cost)

side = (y > 0).astype(float)[:, None]
U, v = rng.normal(0, 0.5, (3, 5)), rng.normal(0, 0.5, (5, 1))
for epoch in range(200):
    h = 1 / (1 + np.exp(-(X @ U)))
    p = 1 / (1 + np.exp(-(h @ v)))
    loss = -np.mean(side * np.log(p) + (1 - side) * np.log(1 - p))
    d = (p - side) / len(y)
    dh = d @ v.T * (1 - h**2)  # GL303
    v -= 0.5 * h.T @ d
    U -= 0.5 * X.T @ dh
print(loss)
