# right: Python floats as biases, np.sum without an axis is the right gradient
import numpy as np

rng = np.random.default_rng(22)
X = rng.normal(size=(16, 3))
y = (X @ [1.0, -1.0, 0.5] + 0.3 > 0).astype(float)
w = np.zeros(3)
b = 0.1
scale = 1.5

for epoch in range(40):
    u = X @ w + b
    a = 1 / (1 + np.exp(-scale * u))
    loss = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    dv = (a - y) / len(y)
    dw = X.T @ (scale * dv)
    db = np.sum(scale * dv)
    dscale = np.sum(dv * u)
    w -= 0.2 * dw
    b -= 0.2 * db
    scale -= 0.2 * dscale
