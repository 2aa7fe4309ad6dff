# Backward draws a new dropout mask instead of using forward's, and the output bias is pushed the wrong way.
import numpy as np

rng = np.random.default_rng(13)
X = rng.normal(size=(64, 4))
y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
W1, b1 = rng.normal(0, 0.6, (4, 16)), np.zeros((1, 16))
W2, b2 = rng.normal(0, 0.6, (16, 1)), np.zeros((1, 1))
p_keep = 0.75


def mask_like(a):
    return (rng.random(a.shape) < p_keep) / p_keep


for epoch in range(1000):
    a1 = np.tanh(X @ W1 + b1)
    mask = mask_like(a1)
    d1 = a1 * mask
    out = 1 / (1 + np.exp(-(d1 @ W2 + b2)))
    loss = -np.mean(y * np.log(out) + (1 - y) * np.log(1 - out))

    dout = (out - y) / len(X)
    dW2 = d1.T @ dout
    db2 = (y - out).sum(axis=0, keepdims=True) / len(X)  # GL204
    da1 = (dout @ W2.T) * mask_like(a1)  # GL403
    dz1 = da1 * (1 - a1 ** 2)
    dW1 = X.T @ dz1
    db1 = dz1.sum(axis=0, keepdims=True)
    W1 -= 0.2 * dW1
    b1 -= 0.2 * db1
    W2 -= 0.2 * dW2
    b2 -= 0.2 * db2
    if epoch % 250 == 0:
        print(epoch, loss)
