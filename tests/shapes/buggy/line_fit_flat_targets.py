# silent: (n,1) prediction minus (n,) targets in the error
# expression: pred - y
# fixed: err = pred.ravel() - y
import numpy as np

np.random.seed(0)
X = np.random.rand(25, 1)
y = 3 * X[:, 0] + 0.5 + 0.1 * np.random.randn(25)

w = 0.1
b = 0.0
lr = 0.1

for epoch in range(50):
    pred = w * X + b
    err = pred - y  # GL102
    loss = (err ** 2).mean()
    dw = 2 * (err * X[:, 0]).mean()
    db = 2 * err.mean()
    w -= lr * dw
    b -= lr * db

print("w = %.3f b = %.3f" % (w, b))
