# learns by another rule than the gradient of a loss it shows
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 2)); t = (X @ [1.5, -1] > 0.2).astype(int)
w = np.zeros(2); b = 0.0
for epoch in range(20):
    errors = 0
    for x, y in zip(X, t):
        out = 1 if x @ w + b > 0 else 0
        if out != y:
            w += 0.1 * (y - out) * x
            b += 0.1 * (y - out)
            errors += 1
    print(errors)
