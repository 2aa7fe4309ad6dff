# silent: labels (n,) times scores (n,1) in a linear SVM
# expression: y * scores
# fixed: margin = 1 - y * scores[:, 0]
import numpy as np

np.random.seed(7)
n, d = 20, 5
X = np.random.randn(n, d)
y = np.sign(X[:, 0] + 0.3 * np.random.randn(n))
W = np.random.randn(d, 1) * 0.1
C = 1.0

for it in range(40):
    scores = X.dot(W)
    margin = 1 - y * scores  # GL102
    loss = 0.5 * np.sum(W * W) + C * np.sum(np.maximum(0, margin)) / n
    active = (margin > 0) * y
    dW = W - C * X.T.dot(active.reshape(n, -1)).sum(axis=1, keepdims=True) / n
    W -= 0.05 * dW
