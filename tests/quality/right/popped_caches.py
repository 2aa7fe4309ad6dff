# right: caches are a stack that backward pops empty; calling it twice would fail, calling it once is fine
import numpy as np


class Tape:
    def __init__(self):
        self.stack = []

    def push(self, *things):
        self.stack.append(things)

    def pop(self):
        return self.stack.pop()


def affine(tape, x, w, b):
    tape.push(x, w)
    return x @ w + b


def affine_back(tape, dy):
    x, w = tape.pop()
    return dy @ w.T, x.T @ dy, dy.sum(0)


def softplus(tape, x):
    tape.push(x)
    return np.logaddexp(0, x)


def softplus_back(tape, dy):
    (x,) = tape.pop()
    return dy / (1 + np.exp(-x))


rng = np.random.default_rng(5)
x = rng.uniform(-1, 1, (50, 2))
target = np.hypot(x[:, :1], x[:, 1:])

w1, b1 = rng.normal(size=(2, 9)), np.zeros(9)
w2, b2 = rng.normal(size=(9, 5)) * 0.5, np.zeros(5)
w3, b3 = rng.normal(size=(5, 1)) * 0.5, np.zeros(1)
tape = Tape()

for k in range(1200):
    h = softplus(tape, affine(tape, x, w1, b1))
    h = softplus(tape, affine(tape, h, w2, b2))
    out = affine(tape, h, w3, b3)
    loss = ((out - target) ** 2).mean()

    d = 2 * (out - target) / out.size
    d, dw3, db3 = affine_back(tape, d)
    d, dw2, db2 = affine_back(tape, softplus_back(tape, d))
    d, dw1, db1 = affine_back(tape, softplus_back(tape, d))

    for value, slope in ((w1, dw1), (b1, db1), (w2, dw2), (b2, db2), (w3, dw3), (b3, db3)):
        value -= 0.1 * slope
    if k % 200 == 0:
        print(k, float(loss))
