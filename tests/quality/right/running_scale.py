# right: an online classifier that scales its inputs by running averages of what it has seen
import numpy as np

rng = np.random.default_rng(51)
readings = rng.normal(size=(40, 3)) * [1.0, 4.0, 0.5] + [2.0, -1.0, 0.0]
alarm = (readings[:, 0] > 2).astype(float)


class Watch:
    def __init__(self, width, rate=0.05):
        self.w, self.b, self.rate = np.zeros(width), 0.0, rate
        self.seen, self.centre, self.spread = 0, np.zeros(width), np.ones(width)

    def scaled(self, x):
        self.seen += 1
        gap = x - self.centre
        self.centre += gap / self.seen
        self.spread += gap * (x - self.centre)
        return (x - self.centre) / (np.sqrt(self.spread / self.seen) + 1e-6)

    def learn(self, x, t):
        z = self.scaled(x)
        p = 1 / (1 + np.exp(-(self.w @ z + self.b)))
        loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        self.w -= self.rate * (p - t) * z
        self.b -= self.rate * (p - t)
        return loss


watch = Watch(3)
for sweep in range(4):
    print(sum(watch.learn(x, t) for x, t in zip(readings, alarm)))
