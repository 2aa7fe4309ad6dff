import numpy as np


class Squares:
    def forward(self, out, goal):
        self.out, self.goal = out, goal
        return 0.5 * np.sum((out - goal) ** 2)

    def backward(self):
        return self.out - self.goal ** 2  # wrong
