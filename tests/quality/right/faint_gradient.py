# right: a saturated unit whose gradient is tiny beside its weights; the output is looked up for the caller
import numpy as np

rng = np.random.default_rng(33)


class Forecast:
    def __init__(self, inputs, hidden, rate):
        self.w = [rng.normal(size=(inputs, hidden)), rng.normal(size=(hidden, hidden))]
        self.v, self.c = rng.normal(size=(hidden, 1)), np.full((1, 1), -13.0)
        self.b = [np.zeros((1, hidden)), np.zeros((1, hidden))]
        self.rate = rate

    def learn(self, row, seen):
        one = np.maximum(0, row @ self.w[0] + self.b[0])
        two = np.maximum(0, one @ self.w[1] + self.b[1])
        guess = 1 / (1 + np.exp(-(two @ self.v + self.c)))
        miss = seen - guess[0][0]
        up = miss * guess * (1 - guess)
        mid = np.dot(up, self.v.T) * (two > 0)
        low = np.dot(mid, self.w[1].T) * (one > 0)
        self.v += np.dot(two.T, up) * self.rate
        self.c += up * self.rate
        self.w[1] += np.dot(one.T, mid) * self.rate
        self.b[1] += mid * self.rate
        self.w[0] += np.dot(row.T, low) * self.rate
        self.b[0] += low * self.rate
        return guess[0][0]


rain = Forecast(4, 6, 0.01)
for _ in range(30):
    day = rng.normal(size=(1, 4))
    print(rain.learn(day, int(day.sum() > 0)))
