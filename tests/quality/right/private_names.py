# right: name-mangled attributes and methods, corrections are added
import numpy as np


class Thermostat(object):
    def __init__(self, sensors, seed=105):
        rng = np.random.RandomState(seed)
        self.__gains = rng.uniform(-1, 1, (sensors, 1))
        self.__offset = rng.uniform(-1, 1)

    def __squash(self, value):
        return 1 / (1 + np.exp(-value))

    def __steepness(self, squashed):
        return squashed * (1 - squashed)

    def decide(self, readings):
        return self.__squash(np.dot(readings, self.__gains) + self.__offset)

    def __correct(self, readings, wanted):
        decided = self.decide(readings)
        push = (wanted - decided) * self.__steepness(decided)
        self.__gains += np.dot(readings.T, push)
        self.__offset += np.sum(push)

    def learn(self, readings, wanted, rounds):
        for _ in range(rounds):
            self.__correct(readings, wanted)

    def __repr__(self):
        return "Thermostat(%s, %.3f)" % (self.__gains.ravel().round(3), self.__offset)


if __name__ == "__main__":
    rng = np.random.RandomState(5)
    readings = rng.uniform(-1, 1, (20, 3))
    heat = (readings[:, :1] + 0.5 * readings[:, 1:2] < 0.1).astype(int)
    box = Thermostat(3)
    box.learn(readings, heat, 2000)
    print(box)
    print("wrong decisions:", int(np.sum((box.decide(readings) > 0.5) != heat)))
