# Every delta is a - y and the update adds; one bias gets the other layer's gradient.
import numpy as np

np.random.seed(15)
X = np.random.rand(3, 80)
Y = (X.sum(axis=0, keepdims=True) > 1.5).astype(int)
m = 80
w1 = np.random.randn(4, 3)
b1 = np.zeros((4, 1))
w2 = np.random.randn(4, 4) * 0.5
b2 = np.zeros((4, 1))
w3 = np.random.randn(1, 4)
b3 = np.zeros((1, 1))
s = lambda v: 1 / (1 + np.exp(-v))

for i in range(2000):
    a1 = s(w1.dot(X) + b1)
    a2 = s(w2.dot(a1) + b2)
    a3 = s(w3.dot(a2) + b3)
    J = -(Y * np.log(a3) + (1 - Y) * np.log(1 - a3)).sum() / m
    d3 = a3 - Y
    d2 = w3.T.dot(d3) * a2 * (1 - a2)
    d1 = w2.T.dot(d2) * a1 * (1 - a1)
    dw3, db3 = d3.dot(a2.T) / m, d3.sum(axis=1, keepdims=True) / m
    dw2, db2 = d2.dot(a1.T) / m, d2.sum(axis=1, keepdims=True) / m
    dw1 = d1.dot(X.T) / m
    db1 = d2.sum(axis=1, keepdims=True) / m  # GL308
    for weight, gradient in ((w1, dw1), (b1, db1), (w2, dw2), (b2, db2), (w3, dw3), (b3, db3)):
        weight += 0.5 * gradient  # GL205
    if i % 500 == 0:
        print(i, J)
