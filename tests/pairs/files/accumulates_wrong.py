import numpy as np


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)


class Linear:
    def __init__(self, n_in, n_out):
        self.w = Parameter(np.random.randn(n_in, n_out))
        self.b = Parameter(np.zeros(n_out))

    def forward(self, x):
        self.x = x
        return x @ self.w.data + self.b.data

    def backward(self, grad):
        self.w.grad += self.x.T @ np.abs(grad)  # wrong
        self.b.grad += grad.sum(axis=0)
        return grad @ self.w.data.T


class Optimiser:
    def __init__(self, parameters):
        self.parameters = parameters

    def step(self):
        for p in self.parameters:
            p.data -= 0.1 * p.grad

    def zero_grad(self):
        for p in self.parameters:
            p.grad.fill(0.0)
