# right: y - a times the slope, updates added; 1-D bias, keepdims sum squeezed by indexing
import numpy as np

np.random.seed(35)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
y = np.array([[0, 1, 1, 0]]).T
w0 = 2 * np.random.random((3, 4)) - 1
w1 = 2 * np.random.random((4, 1)) - 1
b1 = np.zeros(1)

for epoch in range(50):
    l1 = 1 / (1 + np.exp(-X.dot(w0)))
    l2 = 1 / (1 + np.exp(-(l1.dot(w1) + b1)))
    l2_error = y - l2
    loss = 0.5 * np.sum(l2_error ** 2)
    l2_delta = l2_error * l2 * (1 - l2)
    l1_delta = l2_delta.dot(w1.T) * l1 * (1 - l1)
    w1 += l1.T.dot(l2_delta)
    b1 += l2_delta.sum(axis=0, keepdims=True)[0]
    w0 += X.T.dot(l1_delta)
