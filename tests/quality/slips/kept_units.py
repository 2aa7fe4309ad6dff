# Dropout in a loop over layers: the way back multiplies by what the forward pass divided by.
import numpy as np
class Net(object):
    def __init__(self, sizes, keep=0.8):
        rs = np.random.RandomState(7)
        self.keep, self.rs = keep, rs
        self.params = {}
        for l, (i, o) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
            self.params['W%d' % l] = rs.randn(o, i) * np.sqrt(2. / i)
            self.params['b%d' % l] = np.zeros((o, 1))
        self.L = len(sizes) - 1
    def forward(self, X):
        self.cache = {'A0': X}
        for l in range(1, self.L):
            Z = np.dot(self.params['W%d' % l], self.cache['A%d' % (l - 1)]) + self.params['b%d' % l]
            A = np.maximum(Z, 0)
            D = (self.rs.rand(*A.shape) < self.keep)
            A = A * D / self.keep
            self.cache.update({'Z%d' % l: Z, 'D%d' % l: D, 'A%d' % l: A})
        Z = np.dot(self.params['W%d' % self.L], self.cache['A%d' % (self.L - 1)]) + self.params['b%d' % self.L]
        self.cache['A%d' % self.L] = 1. / (1. + np.exp(-Z))
        return self.cache['A%d' % self.L]
    def backward(self, Y):
        m = Y.shape[1]; grads = {}
        dZ = self.cache['A%d' % self.L] - Y
        for l in range(self.L, 0, -1):
            grads['dW%d' % l] = np.dot(dZ, self.cache['A%d' % (l - 1)].T) / m
            grads['db%d' % l] = np.sum(dZ, axis=1, keepdims=True) / m
            if l > 1:
                dA = np.dot(self.params['W%d' % l].T, dZ)
                dA = dA * self.cache['D%d' % (l - 1)] * self.keep  # GL203
                dZ = dA * (self.cache['Z%d' % (l - 1)] > 0)
        return grads
    def fit(self, X, Y, lr=.3, epochs=30):
        for e in range(epochs):
            A = self.forward(X)
            cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
            g = self.backward(Y)
            for k in self.params:
                self.params[k] = self.params[k] - lr * g['d' + k]
            if e % 10 == 0: print('cost %f' % cost)
rs = np.random.RandomState(0)
X = rs.randn(4, 50); Y = (X[:1] * X[1:2] > 0).astype(float)
Net([4, 8, 6, 1]).fit(X, Y)
