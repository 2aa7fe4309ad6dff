# right: a perceptron whose offset stands in front of its weights, and which always "updates"
import numpy as np


class Sorter:
    def __init__(self, rate=0.2, sweeps=8):
        self.rate, self.sweeps = rate, sweeps

    def fit(self, parcels, bins):
        draws = np.random.RandomState(3)
        self.w = draws.normal(scale=0.05, size=parcels.shape[1] + 1)
        self.misses = []
        for _ in range(self.sweeps):
            missed = 0
            for parcel, side in zip(parcels, bins):
                change = self.rate * (side - self.guess(parcel))
                self.w[1:] += change * parcel
                self.w[0] += change
                missed += int(change != 0.0)
            self.misses.append(missed)
        return self

    def height(self, x):
        return np.dot(x, self.w[1:]) + self.w[0]

    def guess(self, x):
        return np.where(self.height(x) >= 0.0, 1, -1)


rng = np.random.default_rng(71)
light, heavy = rng.normal(size=(14, 2)) - 1.2, rng.normal(size=(14, 2)) + 1.2
print(Sorter().fit(np.r_[heavy, light], np.r_[np.ones(14), -np.ones(14)]).misses)
