# right: every Dense divides its own dW by the batch, the gradient handed down is never divided
import numpy as np

np.random.seed(12)


class Dense:
    def __init__(self, fan_in, fan_out):
        self.W = np.random.randn(fan_in, fan_out) * np.sqrt(2.0 / fan_in)
        self.b = np.zeros(fan_out)

    def forward(self, x):
        self.x = x
        return x.dot(self.W) + self.b

    def backward(self, grad):
        n = self.x.shape[0]
        self.dW = self.x.T.dot(grad) / n
        self.db = grad.sum(axis=0) / n
        return grad.dot(self.W.T)

    def step(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db


class ReLU:
    def forward(self, x):
        self.on = x > 0
        return x * self.on

    def backward(self, grad):
        return grad * self.on

    def step(self, lr):
        pass


class SquaredError:
    def __call__(self, out, target):
        self.diff = out - target
        return np.mean(np.sum(self.diff ** 2, axis=1))

    def backward(self):
        return 2 * self.diff


X = np.random.uniform(-1, 1, (80, 3))
Y = np.stack([X[:, 0] * X[:, 1], np.abs(X[:, 2])], axis=1)

layers = [Dense(3, 16), ReLU(), Dense(16, 8), ReLU(), Dense(8, 2)]
criterion = SquaredError()
for epoch in range(1500):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = criterion(out, Y)
    grad = criterion.backward()
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers:
        layer.step(0.05)
    if epoch % 300 == 0:
        print(epoch, loss)
