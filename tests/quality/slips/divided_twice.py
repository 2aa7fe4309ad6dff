# delta is already divided by the batch size, then dW is divided again; the leaky slope is softplus's.
import numpy as np


def leaky(z):
    return np.where(z > 0, z, 0.01 * z)


def d_leaky(z):
    return np.where(z > 0, 1.0, 0.01)


def d_softplus(z):
    return 1 / (1 + np.exp(-z))


class Model:
    def __init__(self, sizes, seed):
        gen = np.random.default_rng(seed)
        self.weights = [gen.normal(0, np.sqrt(2 / a), (a, b)) for a, b in zip(sizes, sizes[1:])]
        self.biases = [np.zeros((1, b)) for b in sizes[1:]]

    def run(self, x):
        self.zs, self.acts = [], [x]
        for k, (w, b) in enumerate(zip(self.weights, self.biases)):
            self.zs.append(self.acts[-1] @ w + b)
            last = k == len(self.weights) - 1
            self.acts.append(self.zs[-1] if last else leaky(self.zs[-1]))
        return self.acts[-1]

    def gradients(self, y):
        n = len(y)
        gw, gb = [None] * len(self.weights), [None] * len(self.weights)
        delta = (self.acts[-1] - y) / n
        for k in reversed(range(len(self.weights))):
            gw[k] = self.acts[k].T @ delta / n  # GL202
            gb[k] = delta.sum(axis=0, keepdims=True)
            if k > 0:
                delta = (delta @ self.weights[k].T) * d_softplus(self.zs[k - 1])  # GL303
        return gw, gb


gen = np.random.default_rng(16)
x = gen.uniform(-1, 1, (40, 2))
y = np.abs(x[:, :1]) - x[:, 1:]
net = Model([2, 10, 10, 1], 0)
for epoch in range(1500):
    out = net.run(x)
    loss = 0.5 * np.mean((out - y) ** 2)
    gw, gb = net.gradients(y)
    net.weights = [w - 0.1 * g for w, g in zip(net.weights, gw)]
    net.biases = [b - 0.1 * g for b, g in zip(net.biases, gb)]
    if epoch % 300 == 0:
        print(epoch, loss)
