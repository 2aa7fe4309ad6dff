"""The short loop everybody hands you: one hidden layer, sigmoid everywhere, samples in columns.

It trains, sort of. I had a tanh version of the same loop lying around and changed the
activation in the forward pass; one line further down nobody told.
"""
import numpy as np

np.random.seed(11)


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


# two rings of points, the inner one is class 1
m = 120
angle = np.random.uniform(0, 2 * np.pi, m)
inside = np.arange(m) % 2
radius = np.where(inside == 1, 0.6, 1.8) + 0.1 * np.random.randn(m)
X = np.vstack([radius * np.cos(angle), radius * np.sin(angle)])
Y = inside.reshape(1, m)

n_hidden = 6
alpha = 1.5
epochs = 20000

W1 = np.random.randn(n_hidden, 2)
b1 = np.zeros((n_hidden, 1))
W2 = np.random.randn(1, n_hidden)
b2 = np.zeros((1, 1))

for epoch in range(epochs):
    # forward
    Z1 = np.dot(W1, X) + b1
    A1 = sigmoid(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)

    # backward
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))  # GL303
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)

    # step
    W1 = W1 - alpha * dW1
    b1 = b1 - alpha * db1
    W2 = W2 - alpha * dW2
    b2 = b2 - alpha * db2

print("W1", W1)
print("b1", b1.ravel())
print("W2", W2, "b2", b2)
print("right answers:", np.sum((A2 > 0.5) == Y), "of", m)
