# The first row of the table is all zeros and hides what is wrong with the first weights.
import numpy as np


class Net:
    def __init__(self):
        rng = np.random.default_rng(68)
        self.first, self.low = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
        self.last = rng.normal(size=(2, 4))

    def learn(self, x, t, rate=0.3):
        h = 1 / (1 + np.exp(-(self.first @ x + self.low)))
        o = 1 / (1 + np.exp(-(self.last @ h)))
        miss = o - t
        self.loss = 0.5 * np.sum(miss**2)
        top = miss * o * (1 - o)
        below = self.last.T @ top  # GL304
        self.last -= rate * top @ h.T
        self.first -= rate * below @ x.T
        self.low -= rate * below


net = Net()
table = [((0, 0), (0, 0)), ((0, 1), (1, 0)), ((1, 0), (1, 0)), ((1, 1), (0, 1))]
for epoch in range(1000):
    for given, wanted in table:
        net.learn(np.array([given], float).T, np.array([wanted], float).T)
