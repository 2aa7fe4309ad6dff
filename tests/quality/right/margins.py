# right: a maximum-margin classifier, sample after sample, by branches; the offset is subtracted
import numpy as np

rng = np.random.default_rng(41)
berries = np.r_[rng.normal(size=(15, 2)) + 1.5, rng.normal(size=(15, 2)) - 1.5]
ripe = np.r_[np.ones(15), np.zeros(15)]


class Separator:
    def __init__(self, rate=0.01, shrink=0.02, rounds=20):
        self.rate, self.shrink, self.rounds = rate, shrink, rounds
        self.normal = None
        self.offset = None

    def fit(self, points, labels):
        signs = np.where(labels > 0, 1, -1)
        self.normal = np.zeros(points.shape[1])
        self.offset = 0
        for _ in range(self.rounds):
            for k, point in enumerate(points):
                outside = signs[k] * (np.dot(point, self.normal) - self.offset) >= 1
                if outside:
                    self.normal -= self.rate * (2 * self.shrink * self.normal)
                else:
                    self.normal -= self.rate * (2 * self.shrink * self.normal - signs[k] * point)
                    self.offset -= self.rate * signs[k]
        return self


found = Separator().fit(berries, ripe)
print(np.mean((berries @ found.normal > found.offset) == ripe))
