# right: the gradients already carry the minus sign and a factor 2, += without a rate goes downhill
import numpy as np

np.random.seed(130)


def act(v):
    return 1.0 / (1 + np.exp(-v))


def act_slope(out):
    return out * (1.0 - out)


class Pair:
    """Two weight matrices, trained on the whole table at once."""

    def __init__(self, table, answers, width=6):
        self.table, self.answers = table, answers
        self.lower = np.random.rand(table.shape[1], width) - 0.5
        self.upper = np.random.rand(width, 1) - 0.5

    def up(self):
        self.mid = act(self.table @ self.lower)
        self.top = act(self.mid @ self.upper)

    def down(self):
        top_step = 2 * (self.answers - self.top) * act_slope(self.top)
        d_upper = self.mid.T @ top_step
        d_lower = self.table.T @ ((top_step @ self.upper.T) * act_slope(self.mid))
        self.lower += d_lower
        self.upper += d_upper


table = np.hstack([np.random.randint(0, 2, (14, 3)), np.ones((14, 1))])
answers = ((table[:, :1] + table[:, 1:2]) == 1).astype(float)
pair = Pair(table, answers)
for i in range(3000):
    pair.up()
    pair.down()
print(np.hstack([answers, pair.top.round(2)])[:6])
