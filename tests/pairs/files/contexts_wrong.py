import numpy as np


class Kept:
    def __init__(self):
        self.values = ()

    def save(self, *values):
        self.values = values


class Times:
    @staticmethod
    def forward(ctx, a, b):
        ctx.save(a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.values
        return grad * b, grad * a


class LogSoftmax:
    @staticmethod
    def forward(ctx, x):
        s = x - x.max(axis=1, keepdims=True)
        y = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
        ctx.save(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.values
        return grad - np.exp(y) * grad.sum(axis=0, keepdims=True)  # wrong


def cube_forward(box, x):
    box.x = x
    return x**3


def cube_backward(box, grad):
    return grad * 3 * box.x**2
