# silent: the layer subtracts the unsummed delta from its bias
# expression: self.b - lr * delta
# fixed: self.b = self.b - lr * delta.sum(axis=0)
import numpy as np

np.random.seed(27)


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.3
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.y = np.tanh(x @ self.W + self.b)
        return self.y

    def backward(self, grad, lr):
        delta = grad * (1 - self.y ** 2)
        dx = delta @ self.W.T
        self.W = self.W - lr * self.x.T @ delta
        self.b = self.b - lr * delta  # GL103, GL206
        return dx


layers = [Dense(4, 6), Dense(6, 2)]
X = np.random.randn(9, 4)
Y = np.random.uniform(-0.8, 0.8, (9, 2))

for epoch in range(20):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.sum((out - Y) ** 2)
    grad = 2 * (out - Y)
    for layer in reversed(layers):
        grad = layer.backward(grad, 0.01)
