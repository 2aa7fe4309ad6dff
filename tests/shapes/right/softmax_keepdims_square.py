# right: (n,1) normaliser against (n,n) scores, max taken over the whole matrix
import numpy as np

np.random.seed(3)
n = 4
X = np.random.randn(n, 6)
y = np.array([3, 0, 2, 2])
W = np.random.randn(6, n) * 0.2
b = np.zeros(n)

for epoch in range(30):
    s = X.dot(W) + b
    e = np.exp(s - np.max(s))
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(n), y]))
    d = p.copy()
    d[np.arange(n), y] -= 1
    d /= n
    W -= 0.5 * X.T.dot(d)
    b -= 0.5 * d.sum(axis=0)
