import numpy as np


class Sigmoid:
    @staticmethod
    def f(x):
        return 1 / (1 + np.exp(-x))

    @staticmethod
    def df(x):
        s = Sigmoid.f(x)
        return s * (1 - s)


class Tanh:
    @staticmethod
    def f(x):
        return np.tanh(x)

    @staticmethod
    def df(x):
        return 1 - x**2  # wrong
