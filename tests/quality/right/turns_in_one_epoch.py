# right: in each epoch one network takes three steps, then another two steps on what the first says
import numpy as np

rng = np.random.default_rng(69)
X = rng.normal(size=(24, 3))
y = np.sin(X[:, :1] - X[:, 2:])
A, B = rng.normal(0, 0.5, (3, 6)), rng.normal(0, 0.5, (6, 1))
C, D = rng.normal(0, 0.5, (1, 4)), rng.normal(0, 0.5, (4, 3))


def says():
    return np.tanh(X @ A) @ B


for epoch in range(100):
    for _ in range(3):
        h = np.tanh(X @ A)
        e = h @ B - y
        first_loss = 0.5 * np.mean(e**2)
        dB = h.T @ e / len(X)
        dA = X.T @ (e @ B.T * (1 - h**2)) / len(X)
        A -= 0.3 * dA
        B -= 0.3 * dB
    said = says()
    for _ in range(2):
        k = np.tanh(said @ C)
        r = k @ D - X
        second_loss = np.mean(np.sum(r**2, axis=1))
        dD = 2 * k.T @ r / len(X)
        dC = 2 * said.T @ (r @ D.T * (1 - k**2)) / len(X)
        C -= 0.05 * dC
        D -= 0.05 * dD
print(first_loss, second_loss)
