"""Three classes of flowers, three hidden units, sigmoid everywhere, samples in rows.

I followed the chain rule from left to right: error, slope of the output, back through W2.
Read aloud it is right. Python reads it differently: .dot is done first, then the products.
The shapes agree because there happen to be as many classes as hidden units.
"""
import numpy as np

np.random.seed(31)

FEATURES, HIDDEN, CLASSES = 4, 3, 3


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(a):
    return a * (1 - a)


def make_flowers(per_class):
    centres = np.random.randn(CLASSES, FEATURES) * 1.5
    kinds = np.repeat(np.arange(CLASSES), per_class)
    return centres[kinds] + 0.5 * np.random.randn(len(kinds), FEATURES), kinds


X, kinds = make_flowers(30)
Y = np.eye(CLASSES)[kinds]

W1 = np.random.randn(FEATURES, HIDDEN)
b1 = np.zeros(HIDDEN)
W2 = np.random.randn(HIDDEN, CLASSES)
b2 = np.zeros(CLASSES)
lr = 0.05

for epoch in range(3000):
    a1 = sigmoid(X.dot(W1) + b1)
    a2 = sigmoid(a1.dot(W2) + b2)
    error = a2 - Y
    if epoch % 500 == 0:
        print("epoch", epoch, "loss", 0.5 * np.sum(error ** 2))

    delta2 = error * slope(a2)
    delta1 = error * slope(a2).dot(W2.T) * slope(a1)  # GL108

    W2 -= lr * a1.T.dot(delta2)
    b2 -= lr * delta2.sum(axis=0)
    W1 -= lr * X.T.dot(delta1)
    b1 -= lr * delta1.sum(axis=0)

print("recognised:", np.mean(a2.argmax(axis=1) == kinds))
