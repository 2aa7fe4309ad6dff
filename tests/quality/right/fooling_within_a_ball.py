# right: universal perturbation: delta climbs the loss inside an L2 ball
import numpy as np
rng = np.random.default_rng(0)
W1, W2 = rng.normal(size=(6, 8)), rng.normal(size=(8, 3))
X = rng.normal(size=(20, 6)); y = rng.integers(0, 3, 20)
delta = 0.01 * rng.normal(size=6)
for it in range(30):
    h = np.tanh((X + delta) @ W1)
    s = h @ W2; p = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    loss = -np.log(p[np.arange(20), y]).mean()
    d = p.copy(); d[np.arange(20), y] -= 1; d /= 20
    g = (((d @ W2.T) * (1 - h ** 2)) @ W1.T).sum(0)
    delta = delta + 0.1 * g / np.linalg.norm(g)
    delta = delta * min(1.0, 0.5 / np.linalg.norm(delta))
print(loss)
