# silent: softmax divides by the sum over the whole batch
# expression: ex.sum()
# fixed: probs = ex / ex.sum(axis=0)
import numpy as np

rng = np.random.RandomState(39)
d, k, m = 5, 3, 8
X = rng.randn(d, m)
Y = np.eye(k)[:, rng.randint(0, k, m)]
W = rng.randn(k, d) * 0.1
b = np.zeros((k, 1))

for epoch in range(25):
    z = W.dot(X) + b
    ex = np.exp(z - z.max())
    probs = ex / ex.sum()  # GL407, GL311
    loss = -np.mean(np.sum(Y * np.log(probs), axis=0))
    dz = (probs - Y) / m  # also GL311
    W -= 0.2 * dz.dot(X.T)
    b -= 0.2 * dz.sum(axis=1, keepdims=True)
