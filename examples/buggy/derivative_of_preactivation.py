"""A net of any depth; activations come from a table of (function, derivative) pairs.

The derivatives in the table take the activation's OUTPUT: a*(1-a), 1-a**2.
My backward loop keeps both z and a around, and one of them had to go in there.
"""
import numpy as np

ACTIVATIONS = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "tanh": (lambda z: np.tanh(z), lambda a: 1 - a ** 2),
    "linear": (lambda z: z, lambda a: np.ones_like(a)),
}


class Network:
    def __init__(self, sizes, kinds, seed=39):
        rng = np.random.default_rng(seed)
        self.kinds = kinds
        self.W = [rng.normal(0, 1 / np.sqrt(i), (o, i)) for i, o in zip(sizes, sizes[1:])]
        self.b = [np.zeros((o, 1)) for o in sizes[1:]]

    def forward(self, x):
        self.z, self.a = [], [x]
        for W, b, kind in zip(self.W, self.b, self.kinds):
            self.z.append(W @ self.a[-1] + b)
            self.a.append(ACTIVATIONS[kind][0](self.z[-1]))
        return self.a[-1]

    def train_step(self, x, y, lr):
        m = x.shape[1]
        out = self.forward(x)
        loss = np.sum((out - y) ** 2) / (2 * m)
        grad_a = (out - y) / m
        dW, db = [], []
        for k in range(len(self.W) - 1, -1, -1):
            slope = ACTIVATIONS[self.kinds[k]][1]
            delta = grad_a * slope(self.z[k])  # GL301
            dW.insert(0, delta @ self.a[k].T)
            db.insert(0, delta.sum(axis=1, keepdims=True))
            grad_a = self.W[k].T @ delta
        for k in range(len(self.W)):
            self.W[k] -= lr * dW[k]
            self.b[k] -= lr * db[k]
        return loss


rng = np.random.default_rng(40)
x = rng.uniform(-1, 1, (2, 60))
y = np.sin(3 * x[:1]) * x[1:]
net = Network([2, 10, 6, 1], ["sigmoid", "tanh", "linear"])
for epoch in range(4000):
    loss = net.train_step(x, y, lr=0.2)
    if epoch % 500 == 0:
        print(epoch, round(loss, 6))
