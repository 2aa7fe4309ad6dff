# Squared error on softmax outputs: only the diagonal of the Jacobian, and relu forgotten below.
import numpy as np

rng = np.random.default_rng(6)
labels = rng.integers(0, 3, 60)
x = rng.normal(0, 0.5, (60, 2)) + np.array([[1.5, 0], [-1, 1.2], [-1, -1.2]])[labels]
onehot = np.eye(3)[labels]

w1 = rng.normal(0, 0.7, (2, 12))
b1 = rng.normal(0, 0.1, (1, 12))
w2 = rng.normal(0, 0.7, (12, 3))
b2 = np.zeros((1, 3))

for epoch in range(1000):
    z1 = x @ w1 + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ w2 + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = 0.5 * np.sum((p - onehot) ** 2)

    dp = p - onehot
    dz2 = dp * p * (1 - p)  # GL311
    dw2 = a1.T @ dz2
    db2 = dz2.sum(axis=0, keepdims=True)
    dz1 = dz2 @ w2.T  # GL304
    dw1 = x.T @ dz1
    db1 = dz1.sum(axis=0, keepdims=True)

    w1, b1 = w1 - 0.02 * dw1, b1 - 0.02 * db1
    w2, b2 = w2 - 0.02 * dw2, b2 - 0.02 * db2
    if epoch % 200 == 0:
        print(epoch, loss)
