# Integer labels, samples in rows: softmax's sum in backward runs over the wrong axis, plus one missing 1/N.
import numpy as np

rng = np.random.default_rng(24)
N = 45
y = rng.integers(0, 3, N)
X = rng.normal(0, 0.8, (N, 2)) + np.array([[2, 0], [-1, 1.5], [-1, -1.5]])[y]
W = rng.normal(0, 0.1, (2, 3))
b = rng.normal(0, 0.1, 3)
temperature = 2.0

for it in range(500):
    S = (X @ W + b) / temperature
    E = np.exp(S - S.max(axis=1, keepdims=True))
    Q = E / E.sum(axis=1, keepdims=True)
    loss = np.mean(1 - Q[range(N), y])

    dQ = np.zeros_like(Q)
    dQ[range(N), y] = -1 / N
    dS = Q * (dQ - (dQ * Q).sum(axis=0, keepdims=True))  # GL311
    dW = X.T @ dS  # GL203
    db = dS.sum(axis=0) / temperature
    W -= 2.0 * dW
    b -= 2.0 * db
    if it % 100 == 0:
        print(it, loss)
