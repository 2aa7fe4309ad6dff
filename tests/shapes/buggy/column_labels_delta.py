# silent: (1,m) output minus (m,1) labels; the parameters grow afterwards
# expression: A - Y
# fixed: dZ = A - Y.T
import numpy as np

np.random.seed(2)
m = 12
X = np.random.randn(3, m)
Y = (np.random.rand(m, 1) > 0.5) * 1.0

W = np.random.randn(1, 3) * 0.5
b = np.zeros((1, 1))
alpha = 0.1

for i in range(20):
    # forward
    Z = np.dot(W, X) + b
    A = 1 / (1 + np.exp(-Z))
    # backward
    dZ = A - Y  # GL102
    dW = np.dot(dZ, X.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    # update
    W = W - alpha * dW  # also GL103
    b = b - alpha * db  # also GL103
