# right: Adam as an object that keeps moments in dicts; the steps are nothing like the gradient
import numpy as np


class MomentKeeper:
    def __init__(self, rate=0.01, keep_first=0.9, keep_second=0.999):
        self.rate, self.keep_first, self.keep_second = rate, keep_first, keep_second
        self.first, self.second, self.calls = {}, {}, 0

    def apply(self, values, slopes):
        self.calls += 1
        for key, slope in slopes.items():
            first = self.keep_first * self.first.get(key, 0) + (1 - self.keep_first) * slope
            second = self.keep_second * self.second.get(key, 0) + (1 - self.keep_second) * slope ** 2
            self.first[key], self.second[key] = first, second
            unbiased = first / (1 - self.keep_first ** self.calls)
            spread = np.sqrt(second / (1 - self.keep_second ** self.calls))
            values[key] = values[key] - self.rate * unbiased / (spread + 1e-8)


rng = np.random.RandomState(116)
wave = {"freq": rng.uniform(0.5, 3, (1, 20)), "phase": rng.uniform(-3, 3, 20), "height": 0.2 * rng.randn(20, 1), "level": np.zeros(1)}
x = np.linspace(-3, 3, 100).reshape(100, 1)
t = np.abs(x) - 0.3 * x ** 2 + 0.05 * rng.randn(100, 1)
keeper = MomentKeeper()

for i in range(800):
    angle = x @ wave["freq"] + wave["phase"]
    bend = np.sin(angle)
    y = bend @ wave["height"] + wave["level"]
    misfit = 0.5 * np.mean((y - t) ** 2)

    dy = (y - t) / len(x)
    dangle = (dy @ wave["height"].T) * np.cos(angle)
    slopes = {
        "height": bend.T @ dy,
        "level": dy.sum(axis=0),
        "freq": x.T @ dangle,
        "phase": dangle.sum(axis=0),
    }
    keeper.apply(wave, slopes)
    if i % 200 == 0:
        print("%d: %.5f" % (i, misfit))
