# The first model is right; all gradients of the second start with a slope that is not there.
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4))
y = X @ rng.normal(size=(4, 1))
w = np.zeros((4, 1))
for e in range(50):
    r = X @ w - y
    mse = (r**2).mean()
    w -= 0.1 * 2 * X.T @ r / 30

V = rng.normal(size=(4, 6))
u = rng.normal(size=(6, 1))
for e in range(50):
    h = np.tanh(X @ V)
    out = h @ u
    loss = np.mean((out - y) ** 2)
    d = 2 * (out - y) / 30 * (1 - out**2)  # GL303
    gu = h.T @ d
    gV = X.T @ (d @ u.T * (1 - h**2))
    u -= 0.1 * gu
    V -= 0.1 * gV
print(mse, loss)
