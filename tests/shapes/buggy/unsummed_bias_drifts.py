# silent: the bias takes the whole delta and grows to (n,h)
# expression: dZ1
# fixed: db1 = dZ1.sum(axis=0)
import numpy as np

rng = np.random.default_rng(20)
X = rng.normal(size=(10, 4))
Y = rng.normal(size=(10, 2))
W1 = rng.normal(size=(4, 7)) * 0.3
b1 = np.zeros(7)
W2 = rng.normal(size=(7, 2)) * 0.3
lr = 0.02

for epoch in range(25):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    out = A1 @ W2
    loss = 0.5 * np.sum((out - Y) ** 2)
    dout = out - Y
    dW2 = A1.T @ dout
    dZ1 = dout @ W2.T * (1 - A1 ** 2)
    dW1 = X.T @ dZ1
    db1 = dZ1  # GL206, GL101
    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1  # also GL103
    W2 = W2 - lr * dW2
