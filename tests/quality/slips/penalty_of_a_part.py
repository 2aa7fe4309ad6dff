# The loss penalises all of w, the gradient all but its first entry.
import numpy as np

rng = np.random.default_rng(11)
X = rng.normal(size=(35, 4))
y = X @ [1.0, 2, 3, 4] + rng.normal(size=35)
w = rng.normal(size=4)
for it in range(150):
    e = X @ w - y
    J = 0.5 * np.sum(e * e) + 0.05 * w @ w
    w = w - 0.01 * (X.T @ e + 0.1 * np.r_[0, w[1:]])  # GL308
    print(J)
