# right: integer labels, probs[range, y] -= 1 in place, minibatches, a class with a dict of parameters
import numpy as np


class SoftmaxRegression:
    def __init__(self, n_features, n_classes, seed=0):
        rng = np.random.RandomState(seed)
        self.params = {"W": 0.01 * rng.randn(n_features, n_classes), "b": np.zeros(n_classes)}

    def probs(self, X):
        scores = X.dot(self.params["W"]) + self.params["b"]
        scores = scores - np.max(scores, axis=1)[:, None]
        return np.exp(scores) / np.sum(np.exp(scores), axis=1)[:, None]

    def loss_and_grads(self, X, y):
        N = X.shape[0]
        p = self.probs(X)
        loss = -np.log(p[np.arange(N), y]).sum() / N
        p[np.arange(N), y] -= 1
        grads = {"W": X.T.dot(p) / N, "b": p.sum(axis=0) / N}
        return loss, grads


rs = np.random.RandomState(103)
y = rs.randint(5, size=200)
X = rs.randn(200, 6) + 2.5 * np.eye(6)[y]
model = SoftmaxRegression(6, 5)
batch = 25
for epoch in range(40):
    for s in range(0, 200, batch):
        loss, grads = model.loss_and_grads(X[s:s + batch], y[s:s + batch])
        for name in sorted(grads):
            model.params[name] -= 0.3 * grads[name]
    if epoch % 10 == 0:
        print(epoch, loss, (model.probs(X).argmax(1) == y).mean())
