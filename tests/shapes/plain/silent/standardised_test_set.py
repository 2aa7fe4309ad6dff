# silent: a mean of each test row beside a deviation of each column
# expression: X_test.mean(axis=1)
import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(5, 2, size=(36, 6))
y = X @ rng.normal(size=6)
X_train, X_test = X[:30], X[30:]
mu, sd = X_train.mean(axis=0), X_train.std(axis=0)
A, t = (X_train - mu) / sd, y[:30] - y[:30].mean()
w = np.zeros(6)
for step in range(100):
    r = A @ w - t
    loss = np.mean(r**2)
    w -= 0.05 * 2 * A.T @ r / len(A)
B = (X_test - X_test.mean(axis=1)) / sd  # GL105
error = np.abs(B @ w + y[:30].mean() - y[30:]).mean()
print(loss, error)
