# "My network always predicts 0.5": slopes of the wrong values, and one number for all biases.
import numpy as np

np.random.seed(2)


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.w1 = np.random.normal(0, 0.8, (n_in, n_hid))
        self.b1 = np.random.normal(0, 0.3, n_hid)
        self.w2 = np.random.normal(0, 0.8, (n_hid, n_out))
        self.b2 = np.zeros(n_out)

    def sig(self, v):
        return 1 / (1 + np.exp(-v))

    def dsig(self, s):
        return s * (1 - s)

    def forward(self, X):
        self.z1 = X.dot(self.w1) + self.b1
        self.a1 = self.sig(self.z1)
        self.z2 = self.a1.dot(self.w2) + self.b2
        self.a2 = self.sig(self.z2)
        return self.a2

    def backward(self, X, Y, lr):
        delta2 = (self.a2 - Y) * self.dsig(self.a2)
        delta1 = delta2.dot(self.w2.T) * self.dsig(self.z1)  # GL301
        self.w2 -= lr * self.a1.T.dot(delta2)
        self.b2 -= lr * delta2.sum(axis=0)
        self.w1 -= lr * X.T.dot(delta1)
        self.b1 -= lr * delta1.sum()  # GL206


X = np.random.randn(50, 3)
Y = np.stack([X[:, 0] > 0, X[:, 1] * X[:, 2] > 0], axis=1).astype(float)
net = Net(3, 7, 2)
for epoch in range(2000):
    out = net.forward(X)
    if epoch % 400 == 0:
        print("loss", 0.5 * np.sum((out - Y) ** 2))
    net.backward(X, Y, 0.1)
