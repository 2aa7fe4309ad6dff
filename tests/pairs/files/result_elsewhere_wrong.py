import numpy as np


class Stretch:
    """The result lies on an attribute of any name."""

    def __init__(self, width):
        self.gain = np.ones(width)

    def forward(self, signal):
        self.signal = signal
        self.stretched = self.gain * signal

    def backward(self, up):
        self.gain_grad = (up * self.signal).sum(axis=0)
        self.signal_grad = up  # wrong
