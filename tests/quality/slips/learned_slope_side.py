# A learned slope takes its gradient from the positive side.
import numpy as np
np.random.seed(7)
X = np.random.randn(40, 3); Y = (X[:, :1] * X[:, 1:2] + X[:, 2:]) 
W1, b1 = np.random.randn(3, 10) / np.sqrt(3), np.zeros((1, 10))
W2, b2 = np.random.randn(10, 1) / np.sqrt(10), np.zeros((1, 1))
slope = np.full((1, 10), .25)
fast = [W1, b1, slope, W2, b2]
slow = [p.copy() for p in fast]
lr, k, alpha = .05, 5, .5
for t in range(1, 401):
    z = X @ W1 + b1
    h = np.maximum(z, 0) + slope * np.minimum(z, 0)
    out = h @ W2 + b2
    e = out - Y
    loss = (e * e).mean()
    do = 2 * e / e.size
    dW2 = h.T @ do; db2 = do.sum(0, keepdims=True)
    dh = do @ W2.T
    dslope = (dh * np.maximum(z, 0)).sum(0, keepdims=True)  # GL399
    dz = dh * np.where(z > 0, 1, slope)
    dW1 = X.T @ dz; db1 = dz.sum(0, keepdims=True)
    for p, g in zip(fast, [dW1, db1, dslope, dW2, db2]):
        p -= lr * g
    if t % k == 0:
        for s, p in zip(slow, fast):
            s += alpha * (p - s)
            p[...] = s
    if t % 100 == 0: print(t, loss)
