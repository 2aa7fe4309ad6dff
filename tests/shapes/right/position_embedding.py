# right: (T,d) positions added to (B,T,d) with B = T, gradient summed over the first axis only
import numpy as np

np.random.seed(30)
B = T = 4
d, k = 3, 2
x = np.random.randn(B, T, d)
y = np.random.randn(B, T, k)
pos = np.random.randn(T, d) * 0.1
W = np.random.randn(d, k)

for step in range(20):
    h = np.tanh(x + pos)
    out = h @ W
    loss = 0.5 * np.mean(np.sum((out - y) ** 2, axis=(1, 2)))
    dout = (out - y) / B
    dW = np.einsum('btd,btk->dk', h, dout)
    dpos = np.sum(dout @ W.T * (1 - h ** 2), axis=0)
    W -= 0.1 * dW
    pos -= 0.1 * dpos
