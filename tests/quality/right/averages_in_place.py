# right: Adam whose averages are moved in place towards the gradient: m += c * (g - m)
import numpy as np


class Mover:
    def __init__(self, rate):
        self.rate, self.count, self.first, self.second = rate, 0, None, None

    def move(self, values, slopes):
        if self.first is None:
            self.first = {name: np.zeros_like(value) for name, value in values.items()}
            self.second = {name: np.zeros_like(value) for name, value in values.items()}
        self.count += 1
        rate = self.rate * np.sqrt(1 - 0.99**self.count) / (1 - 0.9**self.count)
        for name in values:
            self.first[name] += 0.1 * (slopes[name] - self.first[name])
            self.second[name] += 0.01 * (slopes[name] ** 2 - self.second[name])
            values[name] -= rate * self.first[name] / (np.sqrt(self.second[name]) + 1e-7)


rng = np.random.default_rng(63)
x = rng.normal(size=(30, 4))
y = rng.integers(0, 3, 30)
values = {"A": rng.normal(0, 0.4, (4, 6)), "a": np.zeros(6), "B": rng.normal(0, 0.4, (6, 3))}
mover = Mover(0.01)


def scores():
    return np.maximum(x @ values["A"] + values["a"], 0) @ values["B"]


def loss():
    s = scores()
    s = s - s.max(axis=1, keepdims=True)
    return -np.mean((s - np.log(np.exp(s).sum(axis=1, keepdims=True)))[range(30), y])


for step in range(200):
    h = np.maximum(x @ values["A"] + values["a"], 0)
    s = np.exp(h @ values["B"])
    d = s / s.sum(axis=1, keepdims=True)
    d[range(30), y] -= 1
    d /= 30
    dh = (d @ values["B"].T) * (h > 0)
    mover.move(values, {"A": x.T @ dh, "a": dh.sum(axis=0), "B": h.T @ d})
    print(loss())
