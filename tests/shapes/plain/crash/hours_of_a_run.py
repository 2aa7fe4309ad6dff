# crash: as many states as steps, and a time more
# says: self.hours\[1:\]
import numpy as np


class Tank:
    def __init__(self):
        self.hours = np.linspace(0, 6, 25) ** 1.1

    def level(self):
        levels = np.cumsum(np.diff(self.hours) * np.sin(self.hours[:-1]))
        return np.trapezoid(levels, self.hours)  # GL106


print(Tank().level())
