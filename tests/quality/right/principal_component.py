# right: the leading principal component climbs the variance, and is brought back to length 1 after each step
import numpy as np
rng = np.random.default_rng(3)
A = rng.normal(size=(6, 6))
X = rng.normal(size=(200, 6)) @ A
X = X - X.mean(axis=0)
direction = rng.normal(size=6)
direction /= np.linalg.norm(direction)
captured = []
for t in range(100):
    scores = X @ direction
    variance = np.mean(scores ** 2)
    captured.append(variance)
    slope = 2 * X.T @ scores / len(X)
    direction = direction + 0.01 * slope
    direction = direction / np.linalg.norm(direction)
print(captured[-1], np.linalg.eigvalsh(X.T @ X / len(X))[-1])
