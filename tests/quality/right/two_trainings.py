# right: two models one after the other; the first one's parameters come out of a generator
import numpy as np

rng = np.random.default_rng(65)
X = rng.normal(size=(50, 3))
y = np.tanh(X @ np.array([1.0, -2.0, 0.5]))


def starts(*shapes):
    for shape in shapes:
        yield rng.normal(0, 0.5, shape)


slope, level = starts(3, 1)
for epoch in range(100):
    error = X @ slope + level - y
    cost = np.mean(error**2)
    slope = slope - 0.1 * 2 * X.T @ error / len(y)
    level = level - 0.1 * 2 * error.mean()
print("a line:", cost)

inner, outer = starts((3, 6), (6,))
epoch = 0
while epoch < 100:
    h = np.sin(X @ inner)
    guess = h @ outer
    misfit = np.mean(np.abs(guess - y))
    sign = np.sign(guess - y) / len(y)
    d_inner = X.T @ (np.outer(sign, outer) * np.cos(X @ inner))
    outer = outer - 0.1 * h.T @ sign
    inner = inner - 0.1 * d_inner
    epoch += 1
print("waves:", misfit)
