# silent: output bias summed over the classes, batch = classes
# expression: dscores.sum(axis=1)
# fixed: db = dscores.sum(axis=0)
import numpy as np

np.random.seed(46)
N, D, K = 4, 7, 4
X = np.random.randn(N, D)
y = np.array([0, 3, 1, 1])


class Softmax:
    def __init__(self):
        self.W = np.random.randn(D, K) * 0.1
        self.b = np.zeros(K)

    def step(self, X, y, lr):
        scores = X.dot(self.W) + self.b
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).sum() / N
        dscores = p
        dscores[np.arange(N), y] -= 1
        dscores /= N
        db = dscores.sum(axis=1)  # GL206, GL104
        self.W -= lr * X.T.dot(dscores)
        self.b -= lr * db
        return loss


net = Softmax()
for epoch in range(20):
    loss = net.step(X, y, 0.5)
