# silent: mean delta (k,) broadcasts over W (d,k), the inputs are forgotten
# expression: (P - Y).mean(axis=0)
# fixed: dW = X.T @ (P - Y) / n
import numpy as np

np.random.seed(25)
n, d, k = 16, 6, 4
X = np.random.randn(n, d)
Y = np.eye(k)[np.random.randint(0, k, n)]
W = np.random.randn(d, k) * 0.1
b = np.zeros(k)

for epoch in range(20):
    scores = X @ W + b
    ex = np.exp(scores - scores.max())
    P = ex / ex.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(P)) / n
    dW = (P - Y).mean(axis=0)  # GL310, GL101
    db = (P - Y).mean(axis=0)
    W -= 0.2 * dW
    b -= 0.2 * db
