# silent: (n,1) predictions compared with (n,) labels, only the accuracy is wrong
# expression: (p > 0.5) == y
# fixed: acc = np.mean((p[:, 0] > 0.5) == y)
import numpy as np

np.random.seed(32)
X = np.random.randn(24, 2)
y = (X[:, 0] * X[:, 1] > 0).astype(int)
W1 = np.random.randn(2, 6)
b1 = np.zeros(6)
W2 = np.random.randn(6, 1)
b2 = np.zeros(1)

for epoch in range(60):
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    t = y.reshape(-1, 1)
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    acc = np.mean((p > 0.5) == y)  # GL102
    dz = (p - t) / 24
    dh = dz @ W2.T * (1 - h ** 2)
    W2 -= 0.5 * h.T @ dz
    b2 -= 0.5 * dz.sum(0)
    W1 -= 0.5 * X.T @ dh
    b1 -= 0.5 * dh.sum(0)
    if epoch % 20 == 0:
        print("loss", round(float(loss), 4), "acc", acc)
