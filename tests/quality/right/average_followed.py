# right: a network is pulled towards the average of what it was, which starts as a copy of it
import numpy as np

r = np.random.default_rng(7)
X = r.normal(size=(40, 3))
Y = np.sin(X[:, :1])
net = {"a": r.normal(size=(3, 6)) * 0.5, "b": r.normal(size=(6, 1)) * 0.5}
slow = {k: v.copy() for k, v in net.items()}
for it in range(60):
    h = np.tanh(X @ net["a"])
    o = h @ net["b"]
    aim = np.tanh(X @ slow["a"]) @ slow["b"]
    loss = 0.5 * np.mean((o - Y) ** 2) + 0.5 * 0.3 * np.mean((o - aim) ** 2)
    d = ((o - Y) + 0.3 * (o - aim)) / 40
    g = {"b": h.T @ d, "a": X.T @ (d @ net["b"].T * (1 - h ** 2))}
    for k in net:
        net[k] -= 0.2 * g[k]
        slow[k] = 0.95 * slow[k] + 0.05 * net[k]
