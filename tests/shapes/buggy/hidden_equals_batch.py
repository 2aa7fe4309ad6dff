# silent: A1 not transposed, batch size equals hidden size
# expression: A1 @ dZ2
# fixed: dW2 = A1.T @ dZ2
import numpy as np

np.random.seed(11)
batch, d_in, hidden, d_out = 8, 3, 8, 2
X = np.random.randn(batch, d_in)
Y = np.random.randn(batch, d_out)
W1 = np.random.randn(d_in, hidden) * 0.3
b1 = np.zeros(hidden)
W2 = np.random.randn(hidden, d_out) * 0.3
b2 = np.zeros(d_out)
lr = 1e-2

for epoch in range(50):
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0)
    Y_hat = A1 @ W2 + b2
    loss = np.mean(np.sum((Y_hat - Y) ** 2, axis=1))

    dZ2 = 2 * (Y_hat - Y) / batch
    dW2 = A1 @ dZ2  # GL305, GL104
    db2 = dZ2.sum(axis=0)
    dZ1 = (dZ2 @ W2.T) * (Z1 > 0)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)

    W2 -= lr * dW2
    b2 -= lr * db2
    W1 -= lr * dW1
    b1 -= lr * db1
