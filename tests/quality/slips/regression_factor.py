# The 2 of the squared error went into one gradient only, and the bias of the hidden layer got a mean.
import numpy as np

np.random.seed(8)


def mse(a, b):
    return np.mean((a - b) ** 2)


x = np.linspace(-1, 1, 50)[:, None]
t = np.exp(-4 * x ** 2)
n = len(x)
params = dict(w1=np.random.randn(1, 12), b1=np.random.randn(12), w2=np.random.randn(12, 1) * 0.3, b2=np.zeros(1))

for step in range(3000):
    h = 1 / (1 + np.exp(-(x @ params["w1"] + params["b1"])))
    y = h @ params["w2"] + params["b2"]
    loss = mse(y, t)

    err = y - t
    grads = {}
    grads["w2"] = h.T @ err / n  # GL203
    grads["b2"] = 2 * err.sum(axis=0) / n
    back = 2 * (err @ params["w2"].T) * h * (1 - h) / n
    grads["w1"] = x.T @ back
    grads["b1"] = back.mean(axis=0)  # GL206
    for name in params:
        params[name] -= 0.1 * grads[name]
    if step % 500 == 0:
        print(step, loss)
