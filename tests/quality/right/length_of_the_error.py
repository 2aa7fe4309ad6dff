# right: the loss is the length of the error, and its derivative is divided by it
import numpy as np

rng = np.random.default_rng(6)
X, Y = rng.normal(size=(30, 4)), rng.normal(size=(30, 3))
W = rng.normal(size=(4, 3))
for it in range(60):
    off = X @ W - Y
    loss = np.linalg.norm(off)
    W -= 0.1 * X.T @ (off / loss)
    if it % 10 == 0:
        print(loss)
