# silent: reshape(pixels, m) shuffles the pixels of all images into one another
# expression: conv.reshape(16, m)
# fixed: X = conv.reshape(m, 16).T
import numpy as np

np.random.seed(42)
m = 10
images = np.random.rand(m, 4, 4)
Y = (images.mean(axis=(1, 2)) > 0.5).astype(float).reshape(1, m)
gain = np.ones((1, 4, 4))
W = np.random.randn(1, 16) * 0.1
b = 0.0

for epoch in range(50):
    conv = images * gain
    X = conv.reshape(16, m)  # GL407, GL305
    A = 1 / (1 + np.exp(-(W @ X + b)))
    loss = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dZ = (A - Y) / m
    dW = dZ @ X.T
    dX = W.T @ dZ
    dconv = dX.T.reshape(m, 4, 4)  # also GL305
    gain -= 0.3 * np.sum(dconv * images, axis=0, keepdims=True)
    W -= 0.3 * dW
    b -= 0.3 * np.sum(dZ)
