# One image at a time, hidden width equal to the input's: the hidden delta itself is taken for the weight gradient.
import numpy as np

np.random.seed(28)
n = 4
inputs = np.random.rand(30, n, 1)
answers = np.stack([v[::-1] * 0.8 for v in inputs])
W1 = np.random.randn(n, n) * 0.5
W2 = np.random.randn(n, n) * 0.5
lr = 0.1

for epoch in range(200):
    loss = 0.0
    for x, y in zip(inputs, answers):
        a = 1 / (1 + np.exp(-W1.dot(x)))
        o = W2.dot(a)
        cost = ((o - y) ** 2).sum()
        delta2 = 2 * (o - y)
        delta1 = W2.dot(delta2) * a * (1 - a)  # GL305
        W2 = W2 - lr * delta2.dot(a.T)
        W1 = W1 - lr * delta1  # GL310
        loss += cost
    if epoch % 50 == 0:
        print(epoch, loss)
