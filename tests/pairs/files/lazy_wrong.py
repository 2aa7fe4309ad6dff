import numpy as np


class Scale:
    def __init__(self):
        self.gain = None

    def forward(self, x):
        if self.gain is None:
            self.gain = np.ones(x.shape[-1])
        self.x = x
        return np.tanh(x) * self.gain

    def backward(self, up):
        self.dgain = (up * np.tanh(self.x)).sum(axis=0)
        return up * (1 - np.tanh(self.x) ** 2)  # wrong
