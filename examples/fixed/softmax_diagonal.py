"""Softmax as an ordinary layer with an ordinary backward, loss kept separate.

Each output of a softmax depends on all of its inputs; p * (1 - p) is only its own input's part.
What changed: the whole Jacobian is applied, dz = p * (g - sum(g * p)).
"""
import numpy as np

rng = np.random.RandomState(50)


class Affine:
    def __init__(self, n_in, n_out):
        self.W = rng.randn(n_in, n_out) * 0.4
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x.dot(self.W) + self.b

    def backward(self, g):
        self.dW = self.x.T.dot(g)
        self.db = g.sum(axis=0)
        return g.dot(self.W.T)


class Sigmoid:
    def forward(self, x):
        self.s = 1 / (1 + np.exp(-x))
        return self.s

    def backward(self, g):
        return g * self.s * (1 - self.s)


class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.p = e / np.sum(e, axis=1, keepdims=True)
        return self.p

    def backward(self, g):
        return self.p * (g - np.sum(g * self.p, axis=1, keepdims=True))


kinds = rng.randint(0, 4, 80)
X = rng.randn(80, 3) * 0.6 + np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2], [-1, -1, -1]])[kinds]
target = np.eye(4)[kinds]

net = [Affine(3, 8), Sigmoid(), Affine(8, 4), Softmax()]
for epoch in range(1500):
    p = X
    for layer in net:
        p = layer.forward(p)
    loss = -np.sum(target * np.log(p)) / len(X)

    g = -(target / p) / len(X)
    for layer in reversed(net):
        g = layer.backward(g)

    for layer in (net[0], net[2]):
        layer.W -= 0.8 * layer.dW
        layer.b -= 0.8 * layer.db
    if epoch % 250 == 0:
        print(epoch, "loss", loss, "hits", np.mean(p.argmax(axis=1) == kinds))
