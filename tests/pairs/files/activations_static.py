import numpy as np


class Act:
    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    @staticmethod
    def sigmoid_prime(x):
        s = Act.sigmoid(x)
        return s * (1 - s)

    @staticmethod
    def softplus(x):
        return np.log1p(np.exp(x))

    @staticmethod
    def softplus_prime(x):
        return 1 / (1 + np.exp(-x))
