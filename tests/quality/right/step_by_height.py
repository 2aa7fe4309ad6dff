# right: the step size is worked out of the loss itself, which nothing else reads
import numpy as np

rng = np.random.default_rng(17)
A = rng.normal(size=(30, 4))
b = A @ np.array([1.0, -2.0, 0.5, 3.0])
x, lowest, history = np.zeros(4), 0.0, []
for k in range(80):
    r = A @ x - b
    height = 0.5 * r @ r
    g = A.T @ r
    stride = (height - lowest) / (np.linalg.norm(g) ** 2 + 1e-9)
    x = x - stride * g
    history.append(height)
