# learns by another rule than the gradient of a loss it shows
import numpy as np
rng = np.random.default_rng(0)
data = rng.random((200, 3))
W = rng.random((5, 5, 3))
gx, gy = np.meshgrid(np.arange(5), np.arange(5), indexing="ij")
for t in range(300):
    x = data[rng.integers(200)]
    d = ((W - x) ** 2).sum(-1)
    bi, bj = np.unravel_index(d.argmin(), d.shape)
    sigma = 2 * np.exp(-t / 100); lr = 0.5 * np.exp(-t / 100)
    h = np.exp(-((gx - bi) ** 2 + (gy - bj) ** 2) / (2 * sigma ** 2))
    W += lr * h[..., None] * (x - W)
print(np.mean(d))
