# right: delta rule sample by sample, no loss, sign() only for the final classification
import numpy as np

np.random.seed(101)


def make_cloud(n):
    points = np.random.randn(n, 2)
    side = np.where(points[:, 0] + 2 * points[:, 1] > 0.3, 1, -1)
    return points, side


def classify(points, w, theta):
    return np.sign(points @ w + theta)


data, target = make_cloud(80)
w = np.zeros(2)
theta = 0.0
eta = 0.01

for epoch in range(30):
    order = np.random.permutation(len(data))
    for i in order:
        activation = np.dot(w, data[i]) + theta
        error = target[i] - activation
        w += eta * error * data[i]
        theta += eta * error
    if epoch % 5 == 0:
        print("epoch", epoch, "misclassified", np.sum(classify(data, w, theta) != target))
