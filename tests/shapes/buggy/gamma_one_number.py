# silent: layer norm's gain gradient is one number for all features
# expression: np.sum(dy * xhat)
# fixed: dgamma = np.sum(dy * xhat, axis=0)
import numpy as np

np.random.seed(22)
x = np.random.randn(12, 5)
target = np.random.randn(12, 5)
gamma = np.ones(5)
beta = np.zeros(5)
mean = x.mean(axis=1, keepdims=True)
std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-6)
xhat = (x - mean) / std

for it in range(40):
    y = gamma * xhat + beta
    loss = 0.5 * np.mean(np.sum((y - target) ** 2, axis=1))
    dy = (y - target) / 12
    dgamma = np.sum(dy * xhat)  # GL101
    dbeta = np.sum(dy, axis=0)
    gamma -= 0.1 * dgamma
    beta -= 0.1 * dbeta
