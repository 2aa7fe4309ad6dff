# crash: test rows in columns, behind training
# expression: X_test @ W
# says: X_test\.T @ W
import numpy as np

rng = np.random.default_rng(6)
X, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))
W, b = np.zeros((3, 1)), 0.0
for epoch in range(50):
    r = X @ W + b - y
    loss = np.mean(r**2)
    W -= 0.1 * 2 * X.T @ r / len(X)
    b -= 0.1 * 2 * r.mean()
X_test = np.array([rng.normal(size=8) for _ in range(3)])
print(X_test @ W + b)  # GL106
