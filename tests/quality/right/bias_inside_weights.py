# right: the bias is the first column of each weight matrix, cut off again on the way back
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost_function(Theta1, Theta2, X, Y, lam):
    m = X.shape[0]
    a1 = np.hstack((np.ones((m, 1)), X))
    z2 = a1.dot(Theta1.T)
    a2 = np.hstack((np.ones((m, 1)), sigmoid(z2)))
    z3 = a2.dot(Theta2.T)
    h = sigmoid(z3)

    J = np.sum(-Y * np.log(h) - (1 - Y) * np.log(1 - h)) / m
    J += lam / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))

    d3 = h - Y
    d2 = d3.dot(Theta2)[:, 1:] * (sigmoid(z2) * (1 - sigmoid(z2)))
    Theta1_grad = d2.T.dot(a1) / m
    Theta2_grad = d3.T.dot(a2) / m
    Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lam / m * Theta2[:, 1:]
    return J, Theta1_grad, Theta2_grad


np.random.seed(6)
labels = np.random.randint(0, 3, 80)
X = np.random.randn(80, 4) + 2 * np.eye(4)[labels]
Y = np.eye(3)[labels]
Theta1 = np.random.uniform(-0.5, 0.5, (5, 5))
Theta2 = np.random.uniform(-0.5, 0.5, (3, 6))
alpha = 1.0
for it in range(600):
    J, g1, g2 = cost_function(Theta1, Theta2, X, Y, lam=0.1)
    Theta1 = Theta1 - alpha * g1
    Theta2 = Theta2 - alpha * g2
    if it % 100 == 0:
        print("cost after", it, "iterations:", J)
