# silent: probabilities as a column
# expression: (p > 0.5) == y
import numpy as np

rng = np.random.default_rng(2)
X = np.c_[np.ones(40), rng.normal(size=(40, 2))]
y = (X @ np.array([0.2, 1.0, -1.0]) > 0).astype(int)
w = np.zeros((3, 1))
for _ in range(200):
    p = 1 / (1 + np.exp(-X @ w))
    gradient = X.T @ (p - y[:, None]) / len(X)
    w -= 0.5 * gradient
p = 1 / (1 + np.exp(-X @ w))
accuracy = ((p > 0.5) == y).mean()  # GL102
print(accuracy)
