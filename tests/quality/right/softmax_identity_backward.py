# right: Softmax.backward returns its argument: the loss has already taken softmax into account
import numpy as np

rng = np.random.RandomState(7)


class Linear(object):
    def __init__(self, n_in, n_out):
        self.params = [rng.randn(n_in, n_out) * 0.3, np.zeros((1, n_out))]
        self.grads = [None, None]

    def forward(self, x):
        self.inp = x
        W, b = self.params
        return np.dot(x, W) + b

    def backward(self, dout):
        W, b = self.params
        self.grads[0] = np.dot(self.inp.T, dout)
        self.grads[1] = np.sum(dout, axis=0, keepdims=True)
        return np.dot(dout, W.T)


class Sigmoid(object):
    params, grads = [], []

    def forward(self, x):
        self.out = 1.0 / (1.0 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1.0 - self.out)


class Softmax(object):
    params, grads = [], []

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, dout):
        return dout


class CrossEntropy(object):
    def forward(self, probs, onehot):
        self.probs, self.onehot = probs, onehot
        return -np.sum(onehot * np.log(probs)) / len(probs)

    def backward(self):
        return (self.probs - self.onehot) / len(self.probs)


t = rng.randint(0, 3, 90)
x = rng.randn(90, 2) * 0.4 + np.array([[0, 2], [2, -1], [-2, -1]])[t]
onehot = np.eye(3)[t]

net = [Linear(2, 6), Sigmoid(), Linear(6, 3), Softmax()]
loss_layer = CrossEntropy()
for i in range(1000):
    h = x
    for layer in net:
        h = layer.forward(h)
    loss = loss_layer.forward(h, onehot)
    if i % 200 == 0:
        print("loss %f" % loss)
    dout = loss_layer.backward()
    for layer in net[::-1]:
        dout = layer.backward(dout)
    for layer in net:
        for param, grad in zip(layer.params, layer.grads):
            param -= 1.0 * grad
