import numpy as np


class UnitRows:
    def forward(self, x):
        self.x = x
        self.length = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
        return x / self.length

    def backward(self, grad):
        unit = self.x / self.length
        return (grad - unit * np.sum(grad * unit, axis=1)) / self.length  # wrong
