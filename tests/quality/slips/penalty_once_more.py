# The loss states its penalty, and a part of it is added to the gradient a second time.
import numpy as np

rng = np.random.default_rng(10)
X = rng.normal(size=(35, 4))
y = X @ [1.0, 2, 3, 4] + rng.normal(size=35)
w = rng.normal(size=4)
for it in range(150):
    e = X @ w - y
    J = 0.5 * np.sum(e * e) + 0.05 * w @ w
    rest = np.r_[0, w[1:]]
    g = X.T @ e + 0.1 * w + 0.1 * rest  # GL399
    w -= 0.01 * g
    print(J)
