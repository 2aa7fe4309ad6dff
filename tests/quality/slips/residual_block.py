# A skip connection whose gradient is not added, in a block that is then differentiated with relu on tanh.
import numpy as np

rng = np.random.default_rng(19)
X = rng.uniform(-2, 2, (48, 1))
Y = X + 0.4 * np.sin(3 * X)
n = len(X)


def lin(i, o):
    return [rng.normal(0, 1 / np.sqrt(i), (i, o)), np.zeros(o)]


first, inner, last = lin(1, 6), lin(6, 6), lin(6, 1)

for epoch in range(1500):
    h0 = np.tanh(X @ first[0] + first[1])
    f = np.tanh(h0 @ inner[0] + inner[1])
    h1 = h0 + f
    out = h1 @ last[0] + last[1]
    loss = np.square(out - Y).sum() / n

    dout = 2 * (out - Y) / n
    g_last = [h1.T @ dout, dout.sum(axis=0)]
    dh1 = dout @ last[0].T
    df = dh1 * (f > 0)  # GL303
    g_inner = [h0.T @ df, df.sum(axis=0)]
    dh0 = df @ inner[0].T  # GL309
    dz0 = dh0 * (1 - h0 ** 2)
    g_first = [X.T @ dz0, dz0.sum(axis=0)]

    for layer, grad in zip((first, inner, last), (g_first, g_inner, g_last)):
        layer[0] -= 0.05 * grad[0]
        layer[1] -= 0.05 * grad[1]
    if epoch % 300 == 0:
        print(epoch, loss)
