# The columns of the first weights are brought back to length one; its slope is tanh, not 1 - tanh².
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 5))
y = rng.normal(size=(20, 1))
W1 = rng.normal(size=(5, 4))
W2 = rng.normal(size=(4, 1))
for epoch in range(20):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = ((out - y) ** 2).mean()
    d = 2 * (out - y) / 20
    g2 = h.T @ d
    g1 = X.T @ (d @ W2.T * h)  # GL303
    W1 = W1 - 0.1 * g1
    W2 = W2 - 0.1 * g2
    W1 = W1 / np.maximum(1, np.linalg.norm(W1, axis=0, keepdims=True))
print(loss)
