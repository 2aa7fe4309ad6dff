# right: RMSProp with running squares, ELU whose negative slope is a + alpha, sums of gradients scaled late
import numpy as np

np.random.seed(117)
X = np.random.uniform(-1, 1, (3, 64))
T = X[0:1] * X[1:2] - np.abs(X[2:3])
m = X.shape[1]
ALPHA = 1.0

W = [np.random.randn(10, 3) * 0.5, np.random.randn(6, 10) * 0.4, np.random.randn(1, 6) * 0.4]
b = [np.zeros((10, 1)), np.zeros((6, 1)), np.zeros((1, 1))]
squares = [np.zeros_like(p) for p in W + b]


def elu(z):
    return np.where(z > 0, z, ALPHA * (np.exp(np.minimum(z, 0)) - 1))


def elu_slope_from_output(a):
    return np.where(a > 0, 1.0, a + ALPHA)


for epoch in range(1000):
    a1 = elu(W[0] @ X + b[0])
    a2 = elu(W[1] @ a1 + b[1])
    out = W[2] @ a2 + b[2]
    loss = np.sum((out - T) ** 2) / (2 * m)

    d = out - T
    gW2, gb2 = d @ a2.T, d.sum(axis=1, keepdims=True)
    d = (W[2].T @ d) * elu_slope_from_output(a2)
    gW1, gb1 = d @ a1.T, d.sum(axis=1, keepdims=True)
    d = (W[1].T @ d) * elu_slope_from_output(a1)
    gW0, gb0 = d @ X.T, d.sum(axis=1, keepdims=True)

    gradients = [g / m for g in (gW0, gW1, gW2, gb0, gb1, gb2)]
    for p, g, s in zip(W + b, gradients, squares):
        s *= 0.9
        s += 0.1 * g * g
        p -= 0.003 * g / (np.sqrt(s) + 1e-8)
    if epoch % 200 == 0:
        print(epoch, loss)
