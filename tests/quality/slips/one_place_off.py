# Three models one after the other; the penalty joins their gradients one place off.
import numpy as np

rng = np.random.default_rng(50)
X = np.c_[np.ones(45), rng.normal(size=(45, 3))]
labels = rng.integers(0, 3, 45)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def cost_and_gradient(theta, X, y, lam):
    m = len(y)
    h = sigmoid(X.dot(theta))
    J = (-y.dot(np.log(h)) - (1 - y).dot(np.log(1 - h))) / m
    J += lam / (2 * m) * np.sum(theta[1:] ** 2)
    grad = X.T.dot(h - y) / m
    grad[1:] += lam / m * theta[:-1]  # GL308
    return J, grad


models = np.zeros((3, 4))
for c in range(3):
    theta = rng.normal(size=4) * 0.1
    for i in range(60):
        J, grad = cost_and_gradient(theta, X, (labels == c).astype(float), 0.5)
        theta = theta - 0.5 * grad
    models[c] = theta
print((X.dot(models.T).argmax(1) == labels).mean())
