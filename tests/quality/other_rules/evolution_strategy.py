# learns by another rule than the gradient of a loss it shows
import numpy as np
np.random.seed(0)
sol = np.array([0.5, 0.1, -0.3])
def f(w): return -np.sum((w - sol) ** 2)
w = np.random.randn(3)
for i in range(100):
    N = np.random.randn(50, 3)
    R = np.array([f(w + 0.1 * n) for n in N])
    A = (R - R.mean()) / R.std()
    w = w + 0.001 / (50 * 0.1) * N.T @ A
print(w, f(w))
