import numpy as np


class Layer:
    def forward(self, inp):
        raise NotImplementedError

    def backward(self, grad, learning_rate):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)

    def forward(self, inp):
        self.inp = inp
        return np.dot(self.weights, self.inp) + self.bias

    def backward(self, grad, learning_rate):
        weights_gradient = np.dot(grad, self.inp.T)
        input_gradient = np.dot(self.weights.T, grad)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * grad
        return input_gradient


class Activation(Layer):  # made of two functions, by the classes below
    def __init__(self, f, f_prime):
        self.f, self.f_prime = f, f_prime

    def forward(self, inp):
        self.inp = inp
        return self.f(self.inp)

    def backward(self, grad, learning_rate):
        return np.multiply(grad, self.f_prime(self.inp))


class Tanh(Activation):
    def __init__(self):
        super().__init__(lambda x: np.tanh(x), lambda x: 1 - np.tanh(x) ** 2)
