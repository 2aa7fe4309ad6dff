# crash: the author's own assert on shapes
# expression: dW.shape == self.W.shape
import numpy as np

np.random.seed(74)


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.5
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d, lr):
        dW = d.T @ self.x  # also GL305
        db = d.sum(axis=0)
        assert dW.shape == self.W.shape  # GL106
        dx = d @ self.W.T
        self.W -= lr * dW
        self.b -= lr * db
        return dx


X = np.random.randn(7, 3)
Y = np.random.randn(7, 2)
net = [Linear(3, 4), Linear(4, 2)]

for epoch in range(10):
    out = net[1].forward(net[0].forward(X))
    loss = 0.5 * np.sum((out - Y) ** 2)
    net[0].backward(net[1].backward(out - Y, 0.01), 0.01)
