# silent: a (d,) weight vector minus a (d,1) gradient
# expression: w - lr * grad
# fixed: w = w - lr * grad.ravel()
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(40, 6)
t = X.dot(rng.randn(6)) + 0.3
w = rng.randn(6) * 0.01
lr = 0.05

for step in range(30):
    out = X.dot(w)
    e = out.T - t
    loss = 0.5 * np.sum(e ** 2) / 40
    grad = X.T.dot(e.T).reshape(6, -1) / 40
    w = w - lr * grad  # GL103
    print(step, loss)
