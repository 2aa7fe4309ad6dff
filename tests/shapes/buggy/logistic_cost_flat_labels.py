# silent: (n,) labels times (n,1) log probabilities, in the cost only
# expression: y * np.log(a)
# fixed: loss = -np.mean(y[:, None] * np.log(a) + (1 - y[:, None]) * np.log(1 - a))
import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(30, 4))
y = (X[:, 0] - X[:, 1] > 0).astype(float)

W = rng.normal(size=(4, 1)) * 0.1
b = np.zeros(1)
lr = 0.3

for epoch in range(40):
    a = 1 / (1 + np.exp(-(X @ W + b)))
    loss = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))  # GL102
    dz = (a - y[:, None]) / len(X)
    dW = X.T @ dz
    db = dz.sum(axis=0)
    W -= lr * dW
    b -= lr * db
    if epoch % 10 == 0:
        print(epoch, loss)
