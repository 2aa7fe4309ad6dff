# crash: the scalar bias became (n,k) in step 1, the next mini-batch is smaller
# expression: b - lr * d
# fixed: b = b - lr * d.sum()
import numpy as np

np.random.seed(77)
X = np.random.randn(25, 3)
Y = np.random.randn(25, 2)
W = np.random.randn(3, 2) * 0.1
b = 0.0
lr = 0.01
batches = [slice(0, 10), slice(10, 18), slice(18, 25)]

for epoch in range(4):
    for sl in batches:
        x, y = X[sl], Y[sl]
        out = x @ W + b
        loss = 0.5 * np.sum((out - y) ** 2)
        d = out - y
        W = W - lr * x.T @ d
        b = b - lr * d  # GL103
