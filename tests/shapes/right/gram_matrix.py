# right: a Gram matrix contracts the batch with itself, style loss
import numpy as np

np.random.seed(16)
F, P = 4, 10
X = np.random.randn(3, P)
target = np.random.randn(F, F)
target = target @ target.T
W = np.random.randn(F, 3) * 0.5

for it in range(20):
    H = np.tanh(W @ X)
    G = H @ H.T / P
    loss = 0.25 * np.sum((G - target) ** 2)
    dG = 0.5 * (G - target)
    dH = (dG + dG.T) @ H / P
    dZ = dH * (1 - H ** 2)
    W -= 0.05 * dZ @ X.T
