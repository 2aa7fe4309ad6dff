# The targets are a flat vector, the predictions a column: their difference is a table, and nothing complains.
import numpy as np

np.random.seed(14)
X = np.random.randn(30, 2)
y = X[:, 0] * 3 - X[:, 1] + 1 + 0.1 * np.random.randn(30)
theta = np.zeros((2, 1))
bias = np.zeros(1)
alpha = 0.05

for step in range(500):
    prediction = X.dot(theta) + bias
    error = prediction - y  # GL102
    cost = np.sum(error ** 2) / (2 * len(X))
    d_theta = X.T.dot(error).sum(axis=1, keepdims=True) / len(X)
    d_bias = np.sum(error) / len(X)
    theta -= alpha * d_theta
    bias += alpha * d_bias  # GL204
    if step % 100 == 0:
        print(step, cost)
print(theta.ravel(), bias)
