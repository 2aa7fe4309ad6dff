# right: the bias is the first column of each weight matrix, cut off again on the way back
import numpy as np

np.random.seed(6)


def with_ones(a):
    return np.hstack((np.ones((a.shape[0], 1)), a))


def sig(z):
    return 1 / (1 + np.exp(-z))


class Classifier:
    def __init__(self, n_in, n_mid, n_out, strength):
        self.low = np.random.uniform(-0.5, 0.5, (n_mid, n_in + 1))
        self.high = np.random.uniform(-0.5, 0.5, (n_out, n_mid + 1))
        self.strength = strength

    def cost_and_slopes(self, X, Y):
        m = X.shape[0]
        a1 = with_ones(X)
        mid = sig(a1.dot(self.low.T))
        a2 = with_ones(mid)
        out = sig(a2.dot(self.high.T))
        cost = -np.sum(Y * np.log(out) + (1 - Y) * np.log(1 - out)) / m
        cost += self.strength / (2 * m) * (np.sum(self.low[:, 1:] ** 2) + np.sum(self.high[:, 1:] ** 2))

        d_out = out - Y
        d_mid = d_out.dot(self.high)[:, 1:] * mid * (1 - mid)
        s_low, s_high = d_mid.T.dot(a1) / m, d_out.T.dot(a2) / m
        s_low[:, 1:] += self.strength / m * self.low[:, 1:]
        s_high[:, 1:] += self.strength / m * self.high[:, 1:]
        return cost, s_low, s_high


kinds = np.random.randint(0, 3, 80)
X, Y = np.random.randn(80, 4) + 2 * np.eye(4)[kinds], np.eye(3)[kinds]
net = Classifier(4, 5, 3, strength=0.1)
for it in range(600):
    cost, s_low, s_high = net.cost_and_slopes(X, Y)
    net.low = net.low - s_low
    net.high = net.high - s_high
    if it % 100 == 0:
        print("after", it, "rounds:", cost)
