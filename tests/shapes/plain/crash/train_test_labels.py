# crash: labels of the whole set
# expression: pred == y
# says: pred == y_test
import numpy as np

rng = np.random.default_rng(8)
X, y = rng.normal(size=(50, 3)), rng.integers(0, 2, 50)
split = 40
X_train, X_test = X[:split], X[split:]
y_train, y_test = y[:split], y[split:]
centres = np.array([X_train[y_train == c].mean(axis=0) for c in (0, 1)])
pred = np.linalg.norm(X_test[:, None] - centres, axis=2).argmin(axis=1)
print("accuracy", np.mean(pred == y))  # GL106
