# right: nabla lists summed with zip over a minibatch, divided only at the update, negative layer indices
import numpy as np

np.random.seed(107)


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


class Perceptrons:
    """Column vectors, one sample at a time, any number of layers."""

    def __init__(self, *sizes):
        self.w = [np.random.randn(o, i) / np.sqrt(i) for i, o in zip(sizes, sizes[1:])]
        self.b = [np.random.randn(o, 1) for o in sizes[1:]]

    def outputs(self, x):
        layers = [x]
        for w, b in zip(self.w, self.b):
            layers.append(logistic(w @ layers[-1] + b))
        return layers

    def nablas(self, x, y):
        layers = self.outputs(x)
        delta = layers[-1] - y  # cross-entropy: no slope here
        nabla_w, nabla_b = [delta @ layers[-2].T], [delta]
        for back in range(2, len(self.w) + 1):
            delta = (self.w[-back + 1].T @ delta) * layers[-back] * (1 - layers[-back])
            nabla_w.insert(0, delta @ layers[-back - 1].T)
            nabla_b.insert(0, delta)
        return nabla_w, nabla_b

    def learn(self, batch, eta, shrink):
        sum_w = [np.zeros_like(w) for w in self.w]
        sum_b = [np.zeros_like(b) for b in self.b]
        for x, y in batch:
            nabla_w, nabla_b = self.nablas(x, y)
            sum_w = [s + n for s, n in zip(sum_w, nabla_w)]
            sum_b = [s + n for s, n in zip(sum_b, nabla_b)]
        self.w = [(1 - eta * shrink) * w - eta / len(batch) * s for w, s in zip(self.w, sum_w)]
        self.b = [b - eta / len(batch) * s for b, s in zip(self.b, sum_b)]


kinds = np.random.randint(0, 3, 60)
samples = [(np.random.randn(4, 1) + 2 * np.eye(4)[:, [k]], np.eye(3)[:, [k]]) for k in kinds]
net = Perceptrons(4, 6, 6, 3)
for epoch in range(20):
    order = np.random.permutation(len(samples))
    for first in range(0, len(order), 10):
        net.learn([samples[i] for i in order[first:first + 10]], eta=1.0, shrink=0.001)
    if epoch % 5 == 0:
        print(epoch, sum(net.outputs(x)[-1].argmax() == y.argmax() for x, y in samples), "of", len(samples))
