# right: the bias is (h,), its gradient comes as (1,h) and is reshaped before use
import numpy as np

np.random.seed(26)


class Net:
    def __init__(self, d, h, k):
        self.p = {
            "W1": np.random.randn(d, h) * 0.3, "b1": np.zeros(h),
            "W2": np.random.randn(h, k) * 0.3, "b2": np.zeros(k),
        }

    def loss(self, X, Y):
        p = self.p
        h = np.maximum(X @ p["W1"] + p["b1"], 0)
        out = h @ p["W2"] + p["b2"]
        loss = np.mean(np.sum(np.abs(out - Y) ** 2, axis=1))
        d = 2 * (out - Y) / X.shape[0]
        g = {"W2": h.T @ d, "b2": d.sum(axis=0, keepdims=True)}
        d = (d @ p["W2"].T) * (h > 0)
        g["W1"] = X.T @ d
        g["b1"] = d.sum(axis=0, keepdims=True)
        return loss, g


net = Net(3, 7, 7)
X, Y = np.random.randn(7, 3), np.random.randn(7, 7)
for epoch in range(20):
    loss, grads = net.loss(X, Y)
    for k in net.p:
        net.p[k] -= 0.05 * grads[k].reshape(net.p[k].shape)
