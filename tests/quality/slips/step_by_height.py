# The step size is worked out of the loss; the gradient forgets the sign of the error.
import numpy as np

rng = np.random.default_rng(17)
A = rng.normal(size=(30, 4))
b = A @ np.array([1.0, -2.0, 0.5, 3.0])
x, lowest, history = np.zeros(4), 0.0, []
for k in range(80):
    r = A @ x - b
    height = 0.5 * r @ r
    g = A.T @ np.abs(r)  # GL399
    stride = (height - lowest) / (np.linalg.norm(g) ** 2 + 1e-9)
    x = x - stride * g
    history.append(height)
