# silent: argmax of everything, behind training
# expression: np.argmax(scores)
import numpy as np

rng = np.random.default_rng(2)
X, y = rng.normal(size=(45, 3)), rng.integers(0, 3, 45)
Y = np.eye(3)[y]
W = np.zeros((3, 3))
for step in range(100):
    Z = X @ W
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    loss = -(Y * np.log(P)).sum() / len(X)
    W -= 0.1 * X.T @ (P - Y) / len(X)
X_new, y_new = rng.normal(size=(10, 3)), rng.integers(0, 3, 10)
scores = X_new @ W
hits = (np.argmax(scores) == y_new).sum()  # GL105
print(hits / 10)
