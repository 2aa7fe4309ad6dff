# Columns are brought back to length one at most and a fixed mask prunes the second layer, each
# by a line of its own after the update.
import numpy as np

rng = np.random.default_rng(8)
X = rng.normal(size=(30, 5))
Y = np.sin(X[:, :2])
W1 = rng.normal(size=(5, 6))
W2 = rng.normal(size=(6, 2))
mask = (rng.random(W2.shape) < 0.7).astype(float)
W2 *= mask

for epoch in range(40):
    H = np.tanh(X @ W1)
    out = H @ W2
    loss = np.mean((out - Y) ** 2)
    delta = 2 * (out - Y) / Y.size
    grad2 = H.T @ delta
    grad1 = X.T @ (delta @ W2.T * (1 - H**2))
    W1 = W1 - 0.2 * grad1
    W2 = W2 - 0.2 * grad2
    W1 = W1 / np.maximum(1.0, np.linalg.norm(W1, axis=0, keepdims=True))
    W2 = W2 * mask
print(loss)
