# right: first-order meta-learning; the inner step is given
import numpy as np
rng = np.random.default_rng(3)
w = rng.normal(size=3)
def task():
    t = rng.normal(size=3); X = rng.normal(size=(10, 3)); return X, X @ t
def grad(w, X, y): return 2 * X.T @ (X @ w - y) / len(y)
for it in range(50):
    meta = np.zeros(3); loss = 0
    for _ in range(4):
        X, y = task()
        fast = w - 0.1 * grad(w, X, y)
        Xq, yq = X[5:], y[5:]
        loss += np.mean((Xq @ fast - yq) ** 2)
        meta += grad(fast, Xq, yq)
    w = w - 0.01 * meta / 4
print(loss)
