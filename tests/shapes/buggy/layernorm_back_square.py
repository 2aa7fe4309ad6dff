# silent: layer norm's backward takes a mean without keepdims, batch = width
# expression: dxhat.mean(axis=1)
# fixed: dz = (dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * m2) / sd
import numpy as np

np.random.seed(49)
n = d = 5
X = np.random.randn(n, 3)
T = np.random.randn(n, d)
W = np.random.randn(3, d)
gamma = np.random.rand(d) + 0.5

for step in range(20):
    z = X @ W
    mu = z.mean(axis=1, keepdims=True)
    sd = np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
    xhat = (z - mu) / sd
    out = gamma * xhat
    loss = 0.5 * np.sum((out - T) ** 2)
    dout = out - T
    dxhat = dout * gamma
    m2 = np.mean(dxhat * xhat, axis=1, keepdims=True)
    dz = (dxhat - dxhat.mean(axis=1) - xhat * m2) / sd  # GL105, GL104
    gamma -= 0.05 * np.sum(dout * xhat, axis=0)
    W -= 0.05 * X.T @ dz
