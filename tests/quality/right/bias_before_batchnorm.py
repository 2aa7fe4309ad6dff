# right: the bias in front of the batch norm has gradient zero up to rounding, whatever happens
import numpy as np

rng = np.random.default_rng(14)
X = rng.normal(3.0, 2.0, size=(40, 4))
y = (X[:, :1] - X[:, 1:2]) * 0.5 + rng.normal(0, 0.05, (40, 1))

W1 = rng.normal(0, 0.5, (4, 7))
b1 = rng.normal(0, 0.1, (1, 7))
gamma = np.ones((1, 7))
beta = np.zeros((1, 7))
W2 = rng.normal(0, 0.5, (7, 1))
b2 = np.zeros((1, 1))
running_mean, running_var = np.zeros((1, 7)), np.ones((1, 7))
eps = 1e-5

for step in range(1500):
    z = X @ W1 + b1
    mu = z.mean(axis=0, keepdims=True)
    var = z.var(axis=0, keepdims=True)
    xhat = (z - mu) / np.sqrt(var + eps)
    running_mean = 0.9 * running_mean + 0.1 * mu
    running_var = 0.9 * running_var + 0.1 * var
    n = gamma * xhat + beta
    a = np.maximum(n, 0)
    out = a @ W2 + b2
    loss = 0.5 * np.mean((out - y) ** 2)

    N = len(X)
    dout = (out - y) / N
    dW2 = a.T @ dout
    db2 = dout.sum(axis=0, keepdims=True)
    dn = (dout @ W2.T) * (n > 0)
    dgamma = np.sum(dn * xhat, axis=0, keepdims=True)
    dbeta = np.sum(dn, axis=0, keepdims=True)
    dxhat = dn * gamma
    dz = (N * dxhat - dxhat.sum(axis=0) - xhat * np.sum(dxhat * xhat, axis=0)) / (N * np.sqrt(var + eps))
    dW1 = X.T @ dz
    db1 = dz.sum(axis=0, keepdims=True)

    for p, g in [(W1, dW1), (b1, db1), (gamma, dgamma), (beta, dbeta), (W2, dW2), (b2, db2)]:
        p -= 0.1 * g
    if step % 300 == 0:
        print(step, loss)
