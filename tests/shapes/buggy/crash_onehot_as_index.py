# crash: one-hot labels used as integer labels
# expression: probs[np.arange(n), Y]
# fixed: loss = -np.log(probs[np.arange(n), Y.argmax(axis=1)]).mean()
import numpy as np

rng = np.random.default_rng(82)
n, d, k = 8, 4, 3
X = rng.normal(size=(n, d))
Y = np.eye(k, dtype=int)[rng.integers(0, k, n)]
W = rng.normal(size=(d, k)) * 0.1

for step in range(5):
    s = X @ W
    e = np.exp(s - s.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(n), Y]).mean()  # GL106
    W -= 0.5 * X.T @ (probs - Y) / n
