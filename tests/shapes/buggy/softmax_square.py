# silent: softmax without keepdims, batch size equals number of classes
# expression: np.sum(e, axis=1)
# fixed: P = e / np.sum(e, axis=1, keepdims=True)
import numpy as np

np.random.seed(9)
X = np.random.randn(3, 5)
Y = np.eye(3)[[2, 0, 1]]
W = 0.1 * np.random.randn(5, 3)
b = np.zeros(3)

for epoch in range(30):
    s = X.dot(W) + b
    e = np.exp(s - s.max(axis=1, keepdims=True))
    P = e / np.sum(e, axis=1)  # GL105
    loss = -np.sum(Y * np.log(P)) / 3
    dS = (P - Y) / 3
    W -= 0.5 * X.T.dot(dS)
    b -= 0.5 * dS.sum(axis=0)
