# right: square blocks added to the stream, np.dot(d, W.T) on square matrices, n = width
import numpy as np

np.random.seed(17)
n = width = 5
x = np.random.randn(n, width)
t = np.random.randn(n, width)
Ws = [np.random.randn(width, width) * 0.3 for _ in range(3)]
lr = 0.05

for epoch in range(20):
    stream = [x]
    hidden = []
    for W in Ws:
        hidden.append(np.tanh(np.dot(stream[-1], W)))
        stream.append(stream[-1] + hidden[-1])
    loss = np.sum((stream[-1] - t) ** 2) / (2 * n)
    d = (stream[-1] - t) / n
    grads = []
    for W, h, s in zip(Ws[::-1], hidden[::-1], stream[-2::-1]):
        dz = d * (1 - h ** 2)
        grads.insert(0, np.dot(s.T, dz))
        d = d + np.dot(dz, W.T)
    Ws = [W - lr * g for W, g in zip(Ws, grads)]
