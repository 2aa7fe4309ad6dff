# silent: softmax normalises over the samples instead of the classes
# expression: np.sum(E, axis=0, keepdims=True)
# fixed: P = E / np.sum(E, axis=1, keepdims=True)
import numpy as np

np.random.seed(38)
X = np.random.randn(10, 4)
Y = np.eye(3)[np.random.randint(0, 3, 10)]
W = np.random.randn(4, 3) * 0.2
b = np.zeros((1, 3))

for epoch in range(30):
    S = X @ W + b
    E = np.exp(S - S.max(axis=1, keepdims=True))
    P = E / np.sum(E, axis=0, keepdims=True)  # GL407, GL311
    loss = -np.sum(Y * np.log(P)) / 10
    dS = (P - Y) / 10  # also GL311
    W -= 0.3 * X.T @ dS
    b -= 0.3 * dS.sum(axis=0, keepdims=True)
