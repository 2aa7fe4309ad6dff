# right: the loss guards its logarithms with 1e-7, the gradient a - y does not
import numpy as np
np.random.seed(3)

EPS = 1e-7


class Classifier:
    def __init__(self, dim):
        self.w = np.random.randn(1, dim) * 0.01
        self.b = 0.0

    def loss(self, a, y):
        return -np.mean(y * np.log(a + EPS) + (1 - y) * np.log(1 - a + EPS))

    def fit(self, X, y, lr=0.5, iters=1000):
        m = X.shape[1]
        for i in range(iters):
            a = 1 / (1 + np.exp(-(np.dot(self.w, X) + self.b)))
            J = self.loss(a, y)
            dw = (1 / m) * np.dot(a - y, X.T)
            db = (1 / m) * np.sum(a - y)
            self.w -= lr * dw
            self.b -= lr * db
            if i % 200 == 0:
                print("iter {} cost {:.5f}".format(i, J))
        return self


X = np.random.randn(4, 120)
y = (np.dot([[1.0, -1.0, 0.5, 0.0]], X) + 0.4 * np.random.randn(1, 120) > 0.2).astype(int)
clf = Classifier(4).fit(X, y)
print(clf.w, clf.b)
